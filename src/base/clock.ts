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
