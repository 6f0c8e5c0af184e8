import type { Cancellation } from '../base/cancellation.js';
import { asFailure, Failure } from '../base/failure.js';
import { UntrustedServer } from '../base/untrusted-server.js';
import type { Disposition } from '../pcsc/types.js';
import { OperationAnswers } from '../protocol/answers.js';
import type { Outcome } from '../protocol/operations.js';
import { defaultPinLimits } from '../protocol/pin.js';
import type { Connector } from '../protocol/ports.js';
import type { OperationKind, Progress } from '../protocol/progress.js';
import { giveUpAfterCancel, withCard, type CardAccess, type CardSession } from './card-session.js';
import { Destinations, type Destination, type OperationOptions } from './destination.js';
import { Operation, refusalOf, type OperationEnd, type WorkKind } from './operation.js';
import type { OperationPrompter } from './operation-prompter.js';
import { PatientPrompter } from './patient-prompter.js';
import type { PhoneHome } from './phone-home.js';
import { readToken } from './reading.js';
import type { Settings } from './settings.js';
import type { Token } from './token.js';

/** What the conversation takes of the whole time of format then enroll (measured shares of a real TPS). */
const formatShare = 0.4;

interface Task {
  readonly token: Token;
  readonly kind: OperationKind;
  readonly prompter: PatientPrompter;
  readonly options: OperationOptions;
  readonly cancellation: Cancellation;
  readonly answers: OperationAnswers;
  readonly advance: Operation['advance'];
}

/** Starts operations: format, enroll and password reset, each to its one end. */
export class Operator {
  private readonly destinations: Destinations;

  public constructor(
    private readonly access: CardAccess,
    private readonly connector: Connector,
    private readonly settings: Settings,
    phoneHome: Pick<PhoneHome, 'stateFor'>,
    private readonly clientVersion: string,
  ) {
    this.destinations = new Destinations(settings, phoneHome);
  }

  /** Why the operation makes no sense with this card as it is; undefined when it does. */
  public refusal(token: Token, kind: WorkKind): Failure | undefined {
    const { reader } = token;
    const refusal = refusalOf(token, kind);
    if (refusal !== undefined || kind !== 'format' || !this.settings.forbidsFormat) return refusal;
    return new Failure('format-locked', 'hide-format is set and locked', { reader });
  }

  /** Begins the operation: see Operation.begin. */
  public start(
    token: Token,
    kind: OperationKind,
    prompter: OperationPrompter,
    options: OperationOptions = {},
  ): Operation {
    const work = async (cancellation: Cancellation, advance: Operation['advance']): Promise<OperationEnd> => {
      const answers = new OperationAnswers();
      try {
        const asking = new PatientPrompter(prompter, token);
        const task = { token, kind, prompter: asking, options, cancellation, answers, advance };
        return await this.run(task);
      } finally {
        answers.forget();
      }
    };
    return Operation.begin(token, kind, work, this.refusal(token, kind));
  }

  private async run(task: Task): Promise<OperationEnd> {
    const { token, kind, cancellation, answers } = task;
    const destination = await this.destinations.of(task);
    const { prompter } = destination;
    if (kind !== 'format') {
      task.advance(0, 'waiting-for-pin');
      const pin = await prompter.newPin(defaultPinLimits, undefined, cancellation);
      if (pin === undefined) throw new Failure('cancelled', 'no card password was given');
      answers.rememberPin(pin);
    }
    cancellation.throwIfCancelled();
    const { outcome, touched } = await this.converse(task, destination);
    task.advance(outcome.kind === 'done' ? 1 : 0, 'checking');
    const said = outcome.kind === 'failed' ? outcome.failure : undefined;
    const readFailure = await this.readAgain(task, said);
    const failure = said ?? readFailure ?? missedGoal(token, kind);
    return failure === undefined ? { cardTouched: touched } : { failure, cardTouched: touched };
  }

  /** The conversation, or the two that take a blank or unfinished card to an enrolled one. */
  private async converse(
    task: Task,
    destination: Destination,
  ): Promise<{ outcome: Outcome; touched: boolean }> {
    const { token, kind, cancellation } = task;
    let touched = false;
    const work = async (session: CardSession): Promise<Outcome> => {
      const converse = async (...part: [OperationKind, number, number]): Promise<Outcome> => {
        const outcome = await this.converseOnce(task, destination, session, ...part);
        touched ||= outcome.cardTouched;
        return outcome;
      };
      if (kind !== 'enroll' || !token.needsFormat) return converse(kind, 0, 1);
      const format = await converse('format', 0, formatShare);
      return format.kind === 'failed' ? format : converse('enroll', formatShare, 1);
    };
    // A card that was written to is reset, so that other programs read it anew;
    // a reset in its absence would meet the one that comes next.
    const ending = (): Disposition => (touched && !token.gone ? 'reset' : 'leave');
    const outcome = await withCard(this.access, token, cancellation, work, ending);
    return { outcome, touched };
  }

  /** Begun again, with what was answered so far, once the person trusts the server. */
  private async converseOnce(
    task: Task,
    destination: Destination,
    session: CardSession,
    ...rest: [kind: OperationKind, from: number, to: number]
  ): Promise<Outcome> {
    for (;;) {
      const outcome = await this.converseWith(task, destination, session, ...rest);
      if (outcome.kind === 'done' || !(outcome.failure instanceof UntrustedServer)) return outcome;
      await session.end();
      try {
        if (!(await this.destinations.trusts(outcome.failure, task))) return outcome;
      } catch (error) {
        return { ...outcome, failure: asFailure(error) };
      }
    }
  }

  private async converseWith(
    task: Task,
    destination: Destination,
    session: CardSession,
    kind: OperationKind,
    from: number,
    to: number,
  ): Promise<Outcome> {
    const { settings } = this;
    const { runOperation } = await import('../protocol/operations.js');
    return runOperation(
      {
        kind,
        tps: destination.tps,
        tokenType: destination.tokenType,
        atr: task.token.atr,
        clientVersion: this.clientVersion,
        connectTimeout: settings.connectTimeout,
        messageTimeout: settings.messageTimeout,
        // The way to the card ends what takes too long; a command may take it several exchanges.
        cardTimeout: 2 * settings.cardTimeout,
      },
      {
        connector: this.connector,
        card: session,
        prompter: session.prompting(destination.prompter),
        clock: this.access.clock,
        cancellation: task.cancellation,
        answers: task.answers,
        onProgress: ({ fraction, step }: Progress) => {
          task.advance(from + fraction * (to - from), step);
        },
      },
    );
  }

  /** @param said why the conversation failed */
  private async readAgain(
    { token, cancellation }: Task,
    said: Failure | undefined,
  ): Promise<Failure | undefined> {
    const { cards, clock } = this.access;
    try {
      // Reading would wait for the same answer, and then say that another program holds the card.
      if (said?.code === 'card-silent') throw said;
      if (!token.gone) await readToken(cards, token, card => giveUpAfterCancel(card, cancellation, clock));
      return token.loss;
    } catch (error) {
      const failure = asFailure(error);
      token.learn({ kind: 'unreadable', failure });
      return token.loss ?? failure;
    }
  }
}

/** The card's word counts, not the server's alone. */
function missedGoal(token: Token, kind: OperationKind): Failure | undefined {
  const goal = kind === 'format' ? 'UNINITIALIZED' : 'ENROLLED';
  if (token.summary?.status === goal && !token.unfinished) return undefined;
  return new Failure('card-unfinished', `the server reported success, but the card is not ${goal}`, {
    reader: token.reader,
  });
}
