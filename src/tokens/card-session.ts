import type { Cancellation } from '../base/cancellation.js';
import type { Clock } from '../base/clock.js';
import { deferred, type Deferred } from '../base/deferred.js';
import { asFailure } from '../base/failure.js';
import type { CardChannel } from '../card/channel.js';
import type { CardConnection, CardService, Disposition } from '../pcsc/types.js';
import type { Prompter } from '../protocol/ports.js';
import type { Token } from './token.js';

/** Told of a command and of the card's answer to it. */
type AnswerObserver = (command: Uint8Array, answer: Uint8Array) => void;

/** The same, with the token of the card. */
export type AnswerRecorder = (token: Token, ...exchange: Parameters<AnswerObserver>) => void;

interface Transaction {
  readonly release: Deferred<undefined>;
  readonly ended: Promise<unknown>;
}

/**
 * The card for the length of an operation: a transaction keeps other programs out,
 * except while a person thinks about the login. TPS selects the applet anew after that,
 * so what other programs select in between does no harm.
 */
export class CardSession implements CardChannel {
  private transaction: Transaction | undefined;

  /** @param onAnswer is told of each command and its answer */
  public constructor(
    private readonly connection: CardConnection,
    private readonly onAnswer: AnswerObserver = () => undefined,
  ) {}

  public async transmit(command: Uint8Array): Promise<Uint8Array> {
    const answer = await (this.transaction === undefined
      ? this.transmitAnew(command)
      : this.connection.transmit(command));
    this.onAnswer(command, answer);
    return answer;
  }

  /** Lets other programs at the card. */
  public async end(): Promise<void> {
    const { transaction } = this;
    this.transaction = undefined;
    transaction?.release.resolve(undefined);
    await transaction?.ended;
  }

  /** The prompter, with the card let go while it asks for the login. */
  public prompting(prompter: Prompter): Prompter {
    return {
      login: async (request, cancellation) => {
        await this.end();
        return prompter.login(request, cancellation);
      },
      newPin: (limits, unsuitable, cancellation) => prompter.newPin(limits, unsuitable, cancellation),
    };
  }

  /** A card that was reset while it was let go has lost nothing that is needed: it is taken up again. */
  private async transmitAnew(command: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.transmitFirst(command);
    } catch (error) {
      if (asFailure(error).code !== 'card-reset') throw error;
      await this.end();
      await this.connection.reconnect('reset');
      return this.transmitFirst(command);
    }
  }

  private async transmitFirst(command: Uint8Array): Promise<Uint8Array> {
    this.transaction = await this.begin();
    return this.connection.transmit(command);
  }

  private async begin(): Promise<Transaction> {
    const begun = deferred<undefined>();
    const release = deferred<undefined>();
    const transaction = this.connection.transaction(() => {
      begun.resolve(undefined);
      return release.promise;
    });
    const ended = transaction.catch((error: unknown) => begun.reject(error as Error));
    await begun.promise;
    return { release, ended };
  }
}

/** Milliseconds. Nearly every card has made a key of 2048 bits by then, which takes longest. */
const grace = 30_000;

/**
 * A card gets to finish what it does when it is cancelled, so that it is idle then; but a person who cancels does not
 * wait for a card that has fallen silent.
 * @returns ends that
 */
export function giveUpAfterCancel(
  connection: CardConnection,
  cancellation: Cancellation,
  clock: Clock,
): () => void {
  let stop = (): void => undefined;
  const forget = cancellation.onCancelled(() => {
    stop = clock.after(grace, () => connection.giveUp(`no answer in ${grace} ms after it was cancelled`));
  });
  return () => {
    forget();
    stop();
  };
}

/** What work on cards needs beside the card. */
export interface CardAccess {
  readonly cards: CardService;
  readonly clock: Clock;
  readonly onAnswer: AnswerRecorder;
}

/**
 * Works with a token's card, and lets it go however the work ends.
 * @param ending what becomes of the card then, asked after the work
 * @throws Failure why the card cannot be had or is gone, and those of `work`
 */
export async function withCard<T>(
  { cards, clock, onAnswer }: CardAccess,
  token: Token,
  cancellation: Cancellation,
  work: (session: CardSession) => Promise<T>,
  ending: () => Disposition = () => 'leave',
): Promise<T> {
  const connection = await cards.connect(token.reader, 'shared', cancellation);
  const stop = giveUpAfterCancel(connection, cancellation, clock);
  const session = new CardSession(connection, (...exchange) => onAnswer(token, ...exchange));
  try {
    // Another card in the same reader is none of this work's business.
    if (token.loss !== undefined) throw token.loss;
    return await work(session);
  } finally {
    await session.end();
    await connection.disconnect(ending());
    stop();
  }
}
