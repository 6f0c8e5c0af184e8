/** Time, as an interface, so that time-outs can be tested without waiting. */
export interface Clock {
  /** Milliseconds from a fixed but arbitrary start; never goes backwards. */
  now(): number;
  /**
   * Calls `callback` once after `milliseconds`.
   * @returns takes the timer back; harmless when it has fired.
   */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Milliseconds. */
const step = 100;

/**
 * As `clock.after`, for time in which the program runs: one that was stopped for a while, or its whole machine, hears
 * first what was said meanwhile.
 */
export function afterAwake(clock: Clock, milliseconds: number, callback: () => void): () => void {
  let stop = clock.after(Math.min(milliseconds, step), () => {
    if (milliseconds > step) stop = afterAwake(clock, milliseconds - step, callback);
    else callback();
  });
  return () => stop();
}

interface Alarm {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * For time-outs that are nearly always taken back, as those of a conversation: they share one timer of `clock`.
 * It runs on when they are taken back, until `close`.
 */
export class ThriftyClock implements Clock {
  private readonly alarms = new Set<Alarm>();
  private timerEnd = Infinity;
  private stopTimer: (() => void) | undefined;

  public constructor(private readonly clock: Clock) {}

  public now(): number {
    return this.clock.now();
  }

  public after(milliseconds: number, callback: () => void): () => void {
    const alarm = { at: this.now() + milliseconds, callback };
    this.alarms.add(alarm);
    this.wakeFor(alarm);
    return () => this.alarms.delete(alarm);
  }

  /** Takes all back. */
  public close(): void {
    this.alarms.clear();
    this.stopTimer?.();
  }

  private wakeFor({ at }: Alarm): void {
    if (at >= this.timerEnd) return;
    this.stopTimer?.();
    this.timerEnd = at;
    this.stopTimer = this.clock.after(Math.max(0, Math.ceil(at - this.now())), () => this.ring());
  }

  private ring(): void {
    this.timerEnd = Infinity;
    const now = this.now();
    for (const alarm of [...this.alarms]) {
      if (alarm.at > now) this.wakeFor(alarm);
      else if (this.alarms.delete(alarm)) alarm.callback();
    }
  }
}
