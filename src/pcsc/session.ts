import type { Clock } from '../base/clock.js';
import { deferred, type Deferred } from '../base/deferred.js';
import { asFailure, Failure } from '../base/failure.js';
import { decodeFrame, encodeRequest, FrameSplitter, protocolVersion } from './frames.js';
import type { Answer, Frame, Request } from './frames.js';
import type { ShimProcess } from './types.js';

/** Bytes; small, since every read costs the collector a buffer of that size. */
const readSize = 4096;

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

interface Pending {
  readonly answer: Deferred<Answer>;
  readonly deadline: number;
  /** Taken out once called. */
  expired: (() => void) | undefined;
}

/**
 * One shim from its start to its end. While requests are waiting, it is watched: the shim answers pings on
 * a thread that no card can block. An idle session has no timer.
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
    void this.listen();
  }

  /**
   * @param patience milliseconds after which `expired` is called. The answer may still come later.
   * @throws Failure `shim-lost`
   */
  public request(request: Request, patience: number, expired: () => void): Promise<Answer> {
    if (this.end !== undefined) return Promise.reject(this.end);
    const tag = this.nextTag;
    // 0 is for pings.
    this.nextTag = (tag % 0xffffffff) + 1;
    const answer = deferred<Answer>();
    const now = this.clock.now();
    // What lies before is no silence: nothing was asked.
    if (!this.waiting()) this.heard = now;
    this.pending.set(tag, { answer, deadline: now + patience, expired });
    this.watch();
    this.send(encodeRequest(tag, request));
    return answer.promise;
  }

  /** Ends the shim. Requests are rejected with `failure`; `lost` is not called. */
  public close(failure: Failure): void {
    if (this.end !== undefined) return;
    this.end = failure;
    this.stopWaking?.();
    this.process.kill();
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const { answer } of pending) answer.reject(failure);
  }

  private lose(detail: string, cause?: unknown): void {
    if (this.end !== undefined) return;
    const failure = new Failure('shim-lost', detail, {}, { cause });
    this.close(failure);
    this.events.lost(failure);
  }

  private send(frame: Uint8Array): void {
    this.process.write(frame).then(
      // It may hold a PIN.
      () => frame.fill(0),
      (error: unknown) => {
        this.lose('the shim takes no requests', error);
      },
    );
  }

  private async listen(): Promise<void> {
    while (this.end === undefined) {
      let frames: readonly Frame[];
      try {
        const chunk = await this.process.read(readSize);
        if (chunk.length === 0) {
          this.lose('the shim ended');
          return;
        }
        frames = this.splitter.push(chunk).map(decodeFrame);
      } catch (error) {
        this.lose(asFailure(error).detail, error);
        return;
      }
      this.heard = this.clock.now();
      this.pinged = undefined;
      for (const frame of frames) this.take(frame);
    }
  }

  private take(frame: Frame): void {
    if (this.end !== undefined) return;
    if (frame.kind === 'answer') {
      const pending = this.pending.get(frame.tag);
      this.pending.delete(frame.tag);
      pending?.answer.resolve(frame);
      return;
    }
    if (frame.kind === 'hello') {
      if (frame.version !== protocolVersion) this.lose(`the shim speaks version ${frame.version}`);
      this.greeted = true;
    }
    this.events.frame(frame);
  }

  private waiting(): boolean {
    if (!this.greeted) return true;
    for (const { expired } of this.pending.values()) if (expired !== undefined) return true;
    return false;
  }

  /** Sets the timer to the next moment at which something may be due; leaves an earlier one as it is. */
  private watch(): void {
    if (this.end !== undefined || !this.waiting()) return;
    let at = this.pinged === undefined ? this.heard + this.times.quiet : this.pinged + this.times.pong;
    for (const { deadline, expired } of this.pending.values())
      if (expired !== undefined) at = Math.min(at, deadline);
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
      if (pending.deadline > now) continue;
      const expired = pending.expired;
      pending.expired = undefined;
      expired?.();
    }
    if (!this.waiting()) return;
    if (this.pinged !== undefined) {
      if (now >= this.pinged + this.times.pong) this.lose('the shim is silent');
    } else if (now >= this.heard + this.times.quiet) {
      this.pinged = now;
      this.send(encodeRequest(0, { operation: 'ping' }));
    }
  }
}
