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
