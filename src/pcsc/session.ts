import type { Clock } from '../base/clock.js';
import { asFailure, Failure } from '../base/failure.js';
import { decodeFrame, encodeRequest, FrameSplitter, protocolVersion } from './frames.js';
import type { Answer, Frame, Request } from './frames.js';
import type { ShimProcess } from './types.js';

/** Milliseconds between a timer and its call that only a program which was busy itself lets pass. */
const late = 200;

/** Milliseconds. */
export interface WatchTimes {
  /** With a request waiting, so long without a word from the shim before it is asked for one. */
  readonly quiet: number;
  /** So long for that word. */
  readonly pong: number;
}

export interface SessionEvents {
  frame(frame: Exclude<Frame, Answer>): void;
  /** Called once; every request has been rejected, and the process killed. */
  lost(failure: Failure): void;
}

/** Callbacks, for the sake of time: see ShimProcess. */
export interface RequestEvents {
  answered(answer: Answer): void;
  /** Shim-lost: there will be no answer. */
  failed(failure: Failure): void;
  /** Patience has ended. The answer may still come. */
  expired(): void;
}

interface Pending {
  readonly events: RequestEvents;
  readonly deadline: number;
  expired: boolean;
}

/**
 * One shim from its start to its end. While requests are waiting, or when somebody wants to know, it is watched: the shim
 * answers pings on a thread that no card can block. An idle session has no timer.
 */
export class ShimSession {
  private readonly pending = new Map<number, Pending>();
  private readonly splitter = new FrameSplitter();
  private nextTag = 1;
  private greeted = false;
  private end: Failure | undefined;
  private heard: number;
  /** When the ping that is not answered yet was sent. */
  private pinged: number | undefined;
  private wakeAt = Infinity;
  private stopWaking: (() => void) | undefined;

  public constructor(
    private readonly process: ShimProcess,
    private readonly clock: Clock,
    private readonly times: WatchTimes,
    private readonly events: SessionEvents,
  ) {
    this.heard = clock.now();
    this.watch();
    process.listen(bytes => this.receive(bytes));
  }

  /** @param patience milliseconds */
  public request(request: Request, patience: number, events: RequestEvents): void {
    if (this.end !== undefined) {
      events.failed(this.end);
      return;
    }
    const tag = this.nextTag;
    // 0 is for pings.
    this.nextTag = (tag % 0xffffffff) + 1;
    const now = this.clock.now();
    // What lies before is no silence: nothing was asked.
    if (!this.waiting()) this.heard = now;
    this.pending.set(tag, { events, deadline: now + patience, expired: false });
    this.watch();
    this.process.write(encodeRequest(tag, request));
  }

  /** Finds out whether an idle shim still answers; one that does not is lost. */
  public check(): void {
    if (this.end !== undefined || this.waiting()) return;
    this.ping();
    this.watch();
  }

  /** Ends the shim. Requests fail with `failure`; `lost` is not called. */
  public close(failure: Failure): void {
    if (this.end !== undefined) return;
    this.end = failure;
    this.stopWaking?.();
    this.process.kill();
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const { events } of pending) events.failed(failure);
  }

  private lose(detail: string, cause?: unknown): void {
    if (this.end !== undefined) return;
    const failure = new Failure('shim-lost', detail, {}, { cause });
    this.close(failure);
    this.events.lost(failure);
  }

  private receive(bytes: Uint8Array): void {
    if (this.end !== undefined) return;
    if (bytes.length === 0) {
      this.lose('the shim ended');
      return;
    }
    let frames: readonly Frame[];
    try {
      frames = this.splitter.push(bytes).map(decodeFrame);
    } catch (error) {
      this.lose(asFailure(error).detail, error);
      return;
    }
    this.heard = this.clock.now();
    this.pinged = undefined;
    for (const frame of frames) this.take(frame);
  }

  private take(frame: Frame): void {
    if (this.end !== undefined) return;
    if (frame.kind === 'answer') {
      const pending = this.pending.get(frame.tag);
      this.pending.delete(frame.tag);
      pending?.events.answered(frame);
      return;
    }
    if (frame.kind === 'hello') {
      if (frame.version !== protocolVersion) this.lose(`the shim speaks version ${frame.version}`);
      this.greeted = true;
    }
    this.events.frame(frame);
  }

  private waiting(): boolean {
    if (!this.greeted || this.pinged !== undefined) return true;
    for (const { expired } of this.pending.values()) if (!expired) return true;
    return false;
  }

  /** Sets the timer to the next moment at which something may be due; leaves an earlier one as it is. */
  private watch(): void {
    if (this.end !== undefined || !this.waiting()) return;
    let at = this.pinged === undefined ? this.heard + this.times.quiet : this.pinged + this.times.pong;
    for (const { deadline, expired } of this.pending.values()) if (!expired) at = Math.min(at, deadline);
    if (at >= this.wakeAt) return;
    this.stopWaking?.();
    this.wake(at);
  }

  private wake(at: number): void {
    this.wakeAt = at;
    this.stopWaking = this.clock.after(Math.max(0, Math.ceil(at - this.clock.now())), () => {
      if (this.clock.now() - at > late) {
        // It was this program that slept: first let it read what has come.
        this.wake(this.clock.now() + late / 2);
        return;
      }
      this.wakeAt = Infinity;
      this.stopWaking = undefined;
      this.look();
      this.watch();
    });
  }

  private look(): void {
    const now = this.clock.now();
    for (const pending of [...this.pending.values()]) {
      if (pending.expired || pending.deadline > now) continue;
      pending.expired = true;
      pending.events.expired();
    }
    if (!this.waiting()) return;
    if (this.pinged !== undefined) {
      if (now >= this.pinged + this.times.pong) this.lose('the shim is silent');
    } else if (now >= this.heard + this.times.quiet) {
      this.ping();
    }
  }

  private ping(): void {
    this.pinged = this.clock.now();
    this.process.write(encodeRequest(0, { operation: 'ping' }));
  }
}
