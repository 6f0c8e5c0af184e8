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
  /** Told when the card is being let go: no other connection of the program is to take it before. */
  leaving(left: Promise<void>): void;
  /** Finds out what lies behind a failure that may mean several things. */
  explain(failure: Failure): Promise<Failure>;
}

interface Job {
  readonly request: Request;
  /** Gets the body of the answer. */
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (failure: Failure) => void;
}

function protocolOf(body: Uint8Array): 'T=0' | 'T=1' {
  return body[0] === 1 ? 'T=0' : 'T=1';
}

export class ShimConnection implements CardConnection {
  private activeProtocol: 'T=0' | 'T=1';
  private cardAtr: Uint8Array;
  private connected = true;
  /** Why no command is sent at present. */
  private broken: Failure | undefined;
  private current: Job | undefined;
  /** Ends the wait for the current job's answer. */
  private stopWaiting: ((detail: string) => void) | undefined;
  /** The shim still waits for another program's transaction to end, and works nothing off before. */
  private heldUp = false;
  private readonly queue: Job[] = [];

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

  public transmit(command: Uint8Array): Promise<Uint8Array> {
    if (command.length === 0 || command.length > longestApdu)
      return Promise.reject(
        this.failure('malformed-data', `a command of ${command.length} bytes`, 'transmit'),
      );
    return this.ask({ operation: 'transmit', connection: this.connection, command });
  }

  /** Transactions on one connection nest; they do not keep each other out. */
  public async transaction<T>(work: () => Promise<T>, end: Disposition = 'leave'): Promise<T> {
    await this.ask({ operation: 'begin', connection: this.connection });
    try {
      return await work();
    } finally {
      // One that cannot be ended is over: card, reader or pcscd is gone, and the next command says so.
      await this.ask(this.end(end)).catch(() => undefined);
    }
  }

  public giveUp(detail: string): void {
    this.stopWaiting?.(detail);
  }

  public async reconnect(initialization: Disposition): Promise<void> {
    const { connection, share } = this;
    const body = await this.ask({ operation: 'reconnect', connection, share, initialization });
    this.activeProtocol = protocolOf(body);
    this.cardAtr = body.slice(1);
  }

  public async disconnect(end: Disposition = 'leave'): Promise<void> {
    if (!this.connected) return;
    this.refuse(this.failure('internal', 'the card has been disconnected', 'disconnect'));
    const left = this.leave(end);
    if (this.heldUp) return;
    this.around.leaving(left);
    await left;
  }

  private end(disposition: Disposition): Request {
    return { operation: 'end', connection: this.connection, disposition };
  }

  private failure(code: Failure['code'], detail: string, step: string): Failure {
    return new Failure(code, detail, { reader: this.reader, step });
  }

  /** Asks once all that was asked before has been answered. Gives the body of the answer. */
  private ask(request: Request): Promise<Uint8Array> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    return new Promise((resolve, reject) => {
      this.queue.push({ request, resolve, reject });
      if (this.current === undefined) this.next();
    });
  }

  private next(): void {
    this.current = this.stopWaiting = undefined;
    if (this.broken !== undefined) {
      this.refuse(this.broken);
      return;
    }
    const job = this.queue.shift();
    if (job === undefined) return;
    this.current = job;
    const { card, busy } = this.around.times;
    const begin = job.request.operation === 'begin';
    const patience = begin ? busy : card;
    let late = false;
    const stopWaiting = (detail: string): void => {
      if (late) return;
      late = true;
      if (begin) this.waitElsewhere(job, busy);
      else this.abandon(job, detail);
    };
    this.stopWaiting = stopWaiting;
    this.around.session.request(job.request, patience, {
      answered: answer => {
        if (late) this.comeLate(job, answer);
        else this.settle(job, answer);
        this.next();
      },
      failed: failure => {
        job.reject(failure.with({ reader: this.reader, step: job.request.operation }));
        this.next();
      },
      expired: () => stopWaiting(`no answer in ${patience} ms`),
    });
  }

  private settle(job: Job, { result, body }: Answer): void {
    const { operation } = job.request;
    // A driver may call it success when the card was pulled.
    const short = result.code === 0 && operation === 'transmit' && body.length < 2;
    if (result.code === 0 && !short) {
      job.resolve(body);
      return;
    }
    const failure = short
      ? this.failure('pcsc-error', `the card answered ${body.length} bytes`, operation)
      : failureOf(result, operation, this.reader);
    if (isVague(failure)) this.around.explain(failure).then(job.reject, job.reject);
    else job.reject(failure);
  }

  /** pcsc-lite waits for another program's transaction without end; so the wait for it is ended here. */
  private waitElsewhere(job: Job, milliseconds: number): void {
    const busy = this.failure(
      'card-busy',
      `another program has held the card for ${milliseconds} ms`,
      'begin',
    );
    job.reject(busy);
    this.heldUp = true;
    this.refuse(busy);
  }

  /** The card does not answer. The shim disconnects it as soon as it is let go. */
  private abandon(job: Job, detail: string): void {
    const { operation } = job.request;
    const silent = this.failure('card-silent', `${operation}: ${detail}`, operation);
    job.reject(silent);
    if (!this.connected) return;
    this.refuse(silent);
    void this.leave('reset');
  }

  /** A transaction that nobody waits for any more is given back, and the connection is of use again. */
  private comeLate(job: Job, { result }: Answer): void {
    if (job.request.operation !== 'begin') return;
    this.heldUp = false;
    if (!this.connected) return;
    this.broken = undefined;
    if (result.code === 0) this.ask(this.end('leave')).catch(() => undefined);
  }

  /** Sends no command from now on: those that wait fail, those that come will. */
  private refuse(failure: Failure): void {
    this.broken = failure;
    for (const job of this.queue.splice(0)) job.reject(failure);
  }

  /** Not behind the commands that wait: the shim works off the one that it has, and then this. */
  private leave(disposition: Disposition): Promise<void> {
    this.connected = false;
    const done = deferred<undefined>();
    const over = (): void => done.resolve(undefined);
    const { session, times } = this.around;
    session.request({ operation: 'disconnect', connection: this.connection, disposition }, times.card, {
      answered: over,
      failed: over,
      expired: over,
    });
    return done.promise;
  }
}
