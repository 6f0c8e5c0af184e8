import { deferred } from '../base/deferred.js';
import { Failure } from '../base/failure.js';
import { longestApdu } from './frames.js';
import type { Answer, Request } from './frames.js';
import { failureOf, isVague } from './results.js';
import type { ShimSession } from './session.js';
import type { CardConnection, Disposition, ShareMode } from './types.js';

/** Milliseconds. */
export interface ConnectionTimes {
  /** For the card's answer to one command, or to a reset. */
  readonly card: number;
  /** For another program's transaction to end. */
  readonly busy: number;
}

/** What a connection needs of the client. */
export interface Surroundings {
  readonly session: ShimSession;
  readonly times: ConnectionTimes;
  /** The ATR that came with the readers, for drivers that do not give it otherwise. */
  atr(): Uint8Array;
  /** Finds out what lies behind a failure that may mean several things. */
  explain(failure: Failure): Promise<Failure>;
}

function protocolOf(body: Uint8Array): 'T=0' | 'T=1' {
  return body[0] === 1 ? 'T=0' : 'T=1';
}

export class ShimConnection implements CardConnection {
  private activeProtocol: 'T=0' | 'T=1';
  private cardAtr: Uint8Array;
  /** Why no further command is sent. */
  private broken: Failure | undefined;
  /** Settles when the last command has been answered. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param opened the body of the answer to connect. */
  public constructor(
    public readonly reader: string,
    private readonly connection: number,
    private readonly share: ShareMode,
    private readonly around: Surroundings,
    opened: Uint8Array,
  ) {
    this.activeProtocol = protocolOf(opened);
    this.cardAtr = opened.slice(1);
  }

  public get atr(): Uint8Array {
    return this.cardAtr.length > 0 ? this.cardAtr : this.around.atr();
  }

  public get protocol(): 'T=0' | 'T=1' {
    return this.activeProtocol;
  }

  public async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (command.length === 0 || command.length > longestApdu)
      throw new Failure('malformed-data', `a command of ${command.length} bytes`, { reader: this.reader });
    const { body } = await this.inOrder(() =>
      this.ask({ operation: 'transmit', connection: this.connection, command }),
    );
    if (body.length < 2)
      throw new Failure('pcsc-error', `the card answered ${body.length} bytes`, { reader: this.reader });
    return body;
  }

  public async transaction<T>(work: () => Promise<T>, end: Disposition = 'leave'): Promise<T> {
    await this.inOrder(() => this.begin());
    try {
      return await work();
    } finally {
      // One that cannot be ended is over: card, reader or pcscd is gone, and the next command says so.
      await this.inOrder(() => this.ask(this.endRequest(end))).catch(() => undefined);
    }
  }

  public async reconnect(initialization: Disposition): Promise<void> {
    const { connection, share } = this;
    const { body } = await this.inOrder(() =>
      this.ask({ operation: 'reconnect', connection, share, initialization }),
    );
    this.activeProtocol = protocolOf(body);
    this.cardAtr = body.slice(1);
  }

  public async disconnect(end: Disposition = 'leave'): Promise<void> {
    if (this.broken?.code === 'internal') return;
    this.broken = new Failure('internal', 'the card has been disconnected', { reader: this.reader });
    // Not in order: a command that is at work is ended by the shim first, those behind it are not sent.
    await this.leave(end);
  }

  private endRequest(disposition: Disposition): Request {
    return { operation: 'end', connection: this.connection, disposition };
  }

  private inOrder<T>(task: () => Promise<T>): Promise<T> {
    const done = this.last.then(() => {
      if (this.broken !== undefined) throw this.broken;
      return task();
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  private async ask(request: Request): Promise<Answer> {
    const silent = (): Failure =>
      new Failure('card-silent', `${request.operation}: no answer in ${this.around.times.card} ms`, {
        reader: this.reader,
        step: request.operation,
      });
    const { session, times } = this.around;
    const outcome = deferred<Answer>();
    session
      .request(request, times.card, () => {
        const failure = silent();
        this.abandon(failure);
        outcome.reject(failure);
      })
      .then(outcome.resolve, outcome.reject);
    return this.check(request, await outcome.promise);
  }

  private async check(request: Request, answer: Answer): Promise<Answer> {
    const { result } = answer;
    if (result.code === 0) return answer;
    const failure = failureOf(result, request.operation, this.reader);
    throw isVague(result) ? await this.around.explain(failure) : failure;
  }

  /** pcsc-lite waits for another program's transaction without end, so the wait is ended here. */
  private async begin(): Promise<void> {
    const { session, times } = this.around;
    const request: Request = { operation: 'begin', connection: this.connection };
    const outcome = deferred<Answer>();
    let busy: Failure | undefined;
    const answer = session.request(request, times.busy, () => {
      busy = new Failure('card-busy', `another program holds the card for more than ${times.busy} ms`, {
        reader: this.reader,
        step: 'begin',
      });
      this.broken ??= busy;
      outcome.reject(busy);
    });
    answer.then(outcome.resolve, outcome.reject);
    answer.then(
      late => {
        if (busy === undefined || this.broken !== busy) return;
        // Nobody waits for it any more: give the card back, and the connection is of use again.
        this.broken = undefined;
        if (late.result.code === 0)
          this.inOrder(() => this.ask(this.endRequest('leave'))).catch(() => undefined);
      },
      () => undefined,
    );
    await this.check(request, await outcome.promise);
  }

  /** The card does not answer. The shim's thread disconnects it as soon as it is let go. */
  private abandon(failure: Failure): void {
    if (this.broken !== undefined) return;
    this.broken = failure;
    void this.leave('reset');
  }

  private async leave(disposition: Disposition): Promise<void> {
    const { session, times } = this.around;
    const done = deferred<undefined>();
    const over = (): void => done.resolve(undefined);
    session
      .request({ operation: 'disconnect', connection: this.connection, disposition }, times.card, over)
      .then(over, over);
    await done.promise;
  }
}
