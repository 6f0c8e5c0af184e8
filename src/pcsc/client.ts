import type { Cancellation } from '../base/cancellation.js';
import { afterAwake, type Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { asFailure, Failure } from '../base/failure.js';
import type { FailureCode } from '../base/failure.js';
import { ShimConnection } from './connection.js';
import type { ConnectionTimes, Surroundings } from './connection.js';
import type { Answer, Frame, Service } from './frames.js';
import { ReaderList } from './reader-list.js';
import { failureOf, isVague } from './results.js';
import { ShimSession } from './session.js';
import type { WatchTimes } from './session.js';
import type {
  CardConnection,
  CardService,
  ReaderState,
  ServiceState,
  ShareMode,
  ShimLauncher,
} from './types.js';

/** Milliseconds. */
export interface ClientTimes extends WatchTimes, ConnectionTimes {
  /** For pcscd to notice what ended a command: that the card, the reader or itself is gone. */
  readonly settle: number;
  /** Before a lost shim is started again; doubled each time, up to `slowestRestart`. */
  readonly restart: number;
  readonly slowestRestart: number;
  /** A shim that ran so long is no shim that cannot run. */
  readonly steady: number;
}

export const defaultTimes: ClientTimes = {
  quiet: 2_000,
  pong: 3_000,
  card: 60_000,
  busy: 10_000,
  settle: 1_500,
  restart: 100,
  slowestRestart: 30_000,
  steady: 10_000,
};

const unavailable: Record<Exclude<Service, 'running'>, { code: FailureCode; detail: string }> = {
  absent: { code: 'pcscd-absent', detail: 'pcscd does not run' },
  refused: { code: 'pcscd-refused', detail: 'pcscd refuses this user' },
  stopped: { code: 'pcscd-stopped', detail: 'pcscd has stopped' },
  incompatible: { code: 'pcscd-incompatible', detail: 'pcscd and libpcsclite are of different versions' },
  error: { code: 'pcsc-error', detail: 'pcscd cannot be used' },
};

/** Keeps a shim running, and what it tells. */
export class ShimClient implements CardService {
  private current: ServiceState = { kind: 'starting' };
  private readonly list = new ReaderList();
  private readonly listeners = new Set<() => void>();
  /** Those that would wait for ever after close. */
  private readonly waiters = new Set<() => void>();
  /** Connections that are letting a card go, by reader. */
  private readonly leaving = new Map<string, Promise<void>>();
  private session: ShimSession | undefined;
  private startedAt = 0;
  private losses = 0;
  private nextConnection = 1;
  private stopRestart: (() => void) | undefined;
  private closed = false;

  /** @param wanted is looked at anew for each connection */
  public constructor(
    private readonly launch: ShimLauncher,
    private readonly clock: Clock,
    private readonly wanted: Partial<ClientTimes> = {},
  ) {
    this.start();
  }

  private get times(): ClientTimes {
    return { ...defaultTimes, ...this.wanted };
  }

  public get state(): ServiceState {
    return this.current;
  }

  public get readers(): readonly ReaderState[] {
    return this.list.readers;
  }

  public onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  public async connect(
    reader: string,
    share: ShareMode,
    cancellation?: Cancellation,
  ): Promise<CardConnection> {
    cancellation?.throwIfCancelled();
    // pcsc-lite 1.9.9 takes a card that one connection lets go while another takes it for one that nobody uses,
    // and switches it off.
    await this.leaving.get(reader);
    const session = await this.running(cancellation);
    const connection = this.nextConnection;
    this.nextConnection = (connection % 0xffffffff) + 1;
    const opened = await this.open(session, connection, reader, share, cancellation);
    const around = this.surroundings(session, reader);
    return new ShimConnection(reader, connection, share, around, opened);
  }

  public check(): void {
    this.session?.check();
  }

  public close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopRestart?.();
    this.listeners.clear();
    this.session?.close(closed());
    for (const over of [...this.waiters]) over();
  }

  private start(): void {
    this.stopRestart = undefined;
    this.startedAt = this.clock.now();
    try {
      this.session = new ShimSession(this.launch(), this.clock, this.times, {
        frame: frame => this.take(frame),
        lost: failure => this.lost(failure),
      });
    } catch (error) {
      this.lost(asFailure(error));
    }
  }

  private lost(failure: Failure): void {
    this.session = undefined;
    if (this.clock.now() - this.startedAt >= this.times.steady) this.losses = 0;
    const delay = Math.min(this.times.restart * 2 ** this.losses, this.times.slowestRestart);
    this.losses += 1;
    this.stopRestart = this.clock.after(delay, () => this.start());
    this.fail(failure);
  }

  private take(frame: Exclude<Frame, Answer>): void {
    if (frame.kind === 'service' && frame.service !== 'running') {
      const { code, detail } = unavailable[frame.service];
      this.fail(new Failure(code, `${detail}: ${frame.result.name}`, { result: frame.result.name }));
    }
    // Running is worth telling once it is known with which readers.
    if (frame.kind === 'readers') {
      const changed = this.list.update(frame.readers);
      if (!changed && this.current.kind === 'running') return;
      this.current = { kind: 'running' };
      this.notify();
    }
  }

  private fail(failure: Failure): void {
    this.list.clear();
    this.current = { kind: 'unavailable', failure };
    this.notify();
  }

  private notify(): void {
    for (const listener of [...this.listeners]) {
      try {
        listener();
      } catch (error) {
        // Its fault is none of the others' business, nor of the shim's; whoever runs the program sees it.
        void Promise.reject(asFailure(error));
      }
    }
  }

  /** Waits for the shim's first word. */
  private async running(cancellation: Cancellation | undefined): Promise<ShimSession> {
    if (this.current.kind === 'starting' && !this.closed)
      await this.until(() => this.current.kind !== 'starting', undefined, cancellation);
    cancellation?.throwIfCancelled();
    if (this.current.kind === 'unavailable') throw this.current.failure;
    if (this.session === undefined || this.closed) throw closed();
    return this.session;
  }

  private async open(
    session: ShimSession,
    connection: number,
    reader: string,
    share: ShareMode,
    cancellation: Cancellation | undefined,
  ): Promise<Uint8Array> {
    const insertion = this.list.find(reader)?.eventCount;
    const outcome = deferred<Answer>();
    const giveUp = (code: FailureCode, detail: string): void => {
      outcome.reject(new Failure(code, detail, { reader, step: 'connect' }));
      // The shim works it off once the card lets go of the connect before it.
      session.request({ operation: 'disconnect', connection, disposition: 'leave' }, this.times.card, {
        answered: nothing,
        failed: nothing,
        expired: nothing,
      });
    };
    // pcsc-lite powers a card within a few seconds, but waits for another program's transaction without end.
    const patience = this.times.busy;
    session.request({ operation: 'connect', connection, reader, share }, patience, {
      answered: outcome.resolve,
      failed: outcome.reject,
      expired: () => giveUp('card-busy', `another program has held the card for ${patience} ms`),
    });
    const forget = cancellation?.onCancelled(() => giveUp('cancelled', 'cancelled by the user'));
    try {
      const { result, body } = await outcome.promise;
      if (result.code === 0) return body;
      const failure = failureOf(result, 'connect', reader);
      throw isVague(failure) ? await this.explain(reader, insertion, failure) : failure;
    } finally {
      forget?.();
    }
  }

  private surroundings(session: ShimSession, reader: string): Surroundings {
    const insertion = this.list.find(reader)?.eventCount;
    return {
      session,
      times: this.times,
      atr: () => this.list.find(reader)?.atr ?? new Uint8Array(0),
      leaving: left => this.waitForLeaving(reader, left),
      explain: failure => this.explain(reader, insertion, failure),
    };
  }

  private waitForLeaving(reader: string, left: Promise<void>): void {
    const all = Promise.all([this.leaving.get(reader), left]).then(() => {
      if (this.leaving.get(reader) === all) this.leaving.delete(reader);
    });
    this.leaving.set(reader, all);
  }

  /** pcsc-lite's word on a lost connection comes before its word on what was lost. */
  private async explain(reader: string, insertion: number | undefined, failure: Failure): Promise<Failure> {
    const found = (): Failure | undefined => this.lossOf(reader, insertion, failure);
    await this.until(() => found() !== undefined, this.times.settle);
    return found() ?? failure;
  }

  /** What is gone, if anything is. */
  private lossOf(reader: string, insertion: number | undefined, failure: Failure): Failure | undefined {
    if (this.current.kind === 'unavailable') return this.current.failure.with(failure.facts);
    const now = this.list.find(reader);
    if (now === undefined) return new Failure('reader-lost', failure.detail, failure.facts);
    if (now.presence === 'empty' || now.eventCount !== insertion)
      return new Failure('card-removed', failure.detail, failure.facts);
    return undefined;
  }

  /** Waits for a change that makes `condition` true, at most `patience` milliseconds. */
  private async until(
    condition: () => boolean,
    patience: number | undefined,
    cancellation?: Cancellation,
  ): Promise<void> {
    if (condition()) return;
    const done = deferred<undefined>();
    const over = (): void => done.resolve(undefined);
    const unsubscribe = this.onChange(() => {
      if (condition()) over();
    });
    const stopTimer = patience === undefined ? nothing : afterAwake(this.clock, patience, over);
    const forget = cancellation?.onCancelled(over) ?? nothing;
    this.waiters.add(over);
    await done.promise;
    this.waiters.delete(over);
    unsubscribe();
    stopTimer();
    forget();
  }
}

function nothing(): void {
  // Of no interest.
}

function closed(): Failure {
  return new Failure('shim-lost', 'the program closed its way to the cards');
}
