import { Cancellation } from '../base/cancellation.js';
import type { Clock } from '../base/clock.js';
import { asFailure, Failure } from '../base/failure.js';
import { UntrustedServer } from '../base/untrusted-server.js';
import type { KeyCheck } from '../card/key-check.js';
import type { CardService, Disposition } from '../pcsc/types.js';
import { OperationAnswers } from '../protocol/answers.js';
import type { Outcome } from '../protocol/operations.js';
import type { OperationKind, Progress, ProgressStep } from '../protocol/progress.js';
import { defaultPinLimits } from '../protocol/pin.js';
import type { Connector } from '../protocol/ports.js';
import { parseTpsUrl, type TpsUrl } from '../protocol/url.js';
import { _, fill } from '../io/text.js';
import { withCard, type AnswerRecorder, type CardSession } from './card-session.js';
import { CautiousPrompter } from './cautious-prompter.js';
import type { PhoneHome } from './phone-home.js';
import type { PhoneHomeState } from './phone-home-state.js';
import type { OperationPrompter, TrustingPrompter } from './operation-prompter.js';
import { PatientPrompter } from './patient-prompter.js';
import { PlainHttp } from './plain-http.js';
import { readToken } from './reading.js';
import type { Settings } from './settings.js';
import type { Token } from './token.js';

export type { OperationKind };
/** What is done on the card alone, by who knows its PIN. */
export type CardTaskKind = 'test-card' | 'change-password';
/** Whatever makes a card BUSY. */
export type WorkKind = OperationKind | CardTaskKind;
export type OperationStep =
  ProgressStep | 'checking' | 'waiting-for-card-password' | 'testing-keys' | 'changing-password';

/** How an operation ended: once, after the card was read again. */
export interface OperationEnd {
  /** Undefined: done, and the card shows it. */
  readonly failure?: Failure;
  /** The card may be another than before. */
  readonly cardTouched: boolean;
  /** Of `test-card`: how each key did; none where it did not come so far. */
  readonly keyChecks?: readonly KeyCheck[];
}

export interface OperationOptions {
  /** Instead of the settings' TPS. */
  readonly tpsUrl?: string;
  readonly tokenType?: string;
}

/** What the conversation takes of the whole time of format then enroll (measured shares of a real TPS). */
const formatShare = 0.4;

/** An operation that runs on a token: its progress, and the way to cancel it. */
export class Operation {
  private current: { fraction: number; step: OperationStep } = { fraction: 0, step: 'connecting' };

  public constructor(
    public readonly kind: WorkKind,
    public readonly finished: Promise<OperationEnd>,
    private readonly cancellation: Cancellation,
  ) {}

  /**
   * Begins work on a token, which is BUSY until it has ended, however it does: `finished` never rejects.
   * @param work gets the cancellation, and tells how far it is
   * @param refusal why nothing is to be begun
   */
  public static begin(
    token: Token,
    kind: WorkKind,
    work: (cancellation: Cancellation, advance: Operation['advance']) => Promise<OperationEnd>,
    refusal = refusalOf(token, kind),
  ): Operation {
    const cancellation = new Cancellation();
    if (refusal !== undefined)
      return new Operation(kind, Promise.resolve({ failure: refusal, cardTouched: false }), cancellation);
    let operation: Operation | undefined = undefined as Operation | undefined;
    const run = async (): Promise<OperationEnd> => {
      try {
        return await work(cancellation, (fraction, step) => {
          operation?.advance(fraction, step);
          token.emit('changed');
        });
      } catch (error) {
        return { failure: asFailure(error), cardTouched: false };
      } finally {
        token.setOperation(undefined);
      }
    };
    // The first step is taken in a later turn, when the token knows the operation.
    operation = new Operation(kind, Promise.resolve().then(run), cancellation);
    token.setOperation(operation);
    return operation;
  }

  /** `fraction` is 0 to 1 and never decreases. */
  public get progress(): { readonly fraction: number; readonly step: OperationStep } {
    return this.current;
  }

  public advance(fraction: number, step: OperationStep): void {
    this.current = { fraction: Math.max(this.current.fraction, fraction), step };
  }

  public cancel(): void {
    this.cancellation.cancel();
  }
}

/** A failure to find out the server leads to where that is set. */
const fromPhoneHome = { step: 'phone-home' };

/** Why the work makes no sense with this card as it is; undefined when it does. */
function refusalOf(token: Token, kind: WorkKind): Failure | undefined {
  const { reader, known, operation, summary } = token;
  if (operation !== undefined) return new Failure('card-busy', 'an operation runs on this card', { reader });
  if (known.kind === 'unreadable') return known.failure;
  if (token.loss !== undefined) return token.loss;
  if (token.allows(kind)) return undefined;
  return new Failure('unsuitable-card', whyUnsuitable(token, kind, summary?.kind ?? '?'), { reader });
}

function whyUnsuitable(token: Token, kind: WorkKind, card: string): string {
  if (kind === 'test-card')
    return token.isCoolKey
      ? _('only an enrolled card has keys to test')
      : fill(_('the keys of a card of the kind “{kind}” cannot be tested here'), { kind: card });
  return token.isCoolKey && kind !== 'enroll' && kind !== 'format'
    ? _('only an enrolled card has a password to reset')
    : fill(_('a card of the kind “{kind}” is only shown'), { kind: card });
}

interface Task {
  readonly token: Token;
  readonly kind: OperationKind;
  readonly prompter: PatientPrompter;
  readonly options: OperationOptions;
  readonly cancellation: Cancellation;
  readonly answers: OperationAnswers;
  readonly advance: Operation['advance'];
}

/** Where a task's conversations go, and the profile that they ask for. */
interface Destination {
  readonly tps: TpsUrl;
  readonly tokenType: string;
  readonly prompter: TrustingPrompter;
}

/** Starts operations: format, enroll and password reset, each to its one end. */
export class Operator {
  private readonly plainHttp: PlainHttp;

  public constructor(
    private readonly cards: CardService,
    private readonly connector: Connector,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly phoneHome: Pick<PhoneHome, 'stateFor'>,
    private readonly clientVersion: string,
    private readonly onAnswer: AnswerRecorder = () => undefined,
  ) {
    this.plainHttp = new PlainHttp(settings.store);
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

  /** What was asked for, else what Phone Home says of the card, else what is set for all. */
  private async destinationOf(task: Task): Promise<Destination> {
    const { settings } = this;
    const { tpsUrl, tokenType } = task.options;
    const { profile, failure } = tpsUrl === undefined ? await this.phoneHomeOf(task) : task.token.phoneHome;
    const url = tpsUrl ?? (profile?.tpsUrl || settings.fallbackTpsUrl);
    if (url === '')
      throw (failure ?? new Failure('no-server-url', 'no TPS URL is known')).with(fromPhoneHome);
    const tps = parseTpsUrl(url);
    return {
      tps,
      tokenType: tokenType ?? (profile?.tokenType || settings.tokenType),
      prompter: new CautiousPrompter(task.prompter, tps.server, this.plainHttp),
    };
  }

  /** Asked for again once the person trusts the server that tells. */
  private async phoneHomeOf(task: Task): Promise<PhoneHomeState> {
    for (;;) {
      const state = await this.phoneHome.stateFor(task.token, task.cancellation);
      const { profile, failure } = state;
      if (profile !== undefined || !(failure instanceof UntrustedServer)) return state;
      if (!(await this.trusts(failure, task))) return state;
    }
  }

  private async trusts(server: UntrustedServer, { prompter, cancellation }: Task): Promise<boolean> {
    const { trusted } = this.settings;
    const trusts = await prompter.trust(server, trusted.lockOf(server), cancellation);
    if (trusts) trusted.add(server);
    return trusts;
  }

  private async run(task: Task): Promise<OperationEnd> {
    const { token, kind, cancellation, answers } = task;
    const destination = await this.destinationOf(task);
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
    const readFailure = await this.readAgain(token);
    const failure = outcome.kind === 'failed' ? outcome.failure : (readFailure ?? missedGoal(token, kind));
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
    const outcome = await withCard(this.cards, token, this.onAnswer, cancellation, work, ending);
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
        if (!(await this.trusts(outcome.failure, task))) return outcome;
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
        clock: this.clock,
        cancellation: task.cancellation,
        answers: task.answers,
        onProgress: ({ fraction, step }: Progress) => {
          task.advance(from + fraction * (to - from), step);
        },
      },
    );
  }

  private async readAgain(token: Token): Promise<Failure | undefined> {
    try {
      if (!token.gone) await readToken(this.cards, token);
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
