import type { Cancellation } from './cancellation.js';
import type { Clock } from './clock.js';
import { asFailure, Failure } from './failure.js';

export interface TimeLimit {
  readonly clock: Clock;
  readonly milliseconds: number;
  /** What is thrown when the time is over. */
  readonly failure: () => Failure;
}

/**
 * Waits for `work`, but not beyond the cancellation, nor beyond the limit if there is one.
 * What becomes of `work` after that is nobody's concern.
 * @throws Failure `cancelled`, the limit's, or what `work` throws, as a Failure.
 */
export function waitFor<T>(work: Promise<T>, cancellation?: Cancellation, limit?: TimeLimit): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stops: (() => void)[] = [];
    const settle = (act: () => void): void => {
      for (const stop of stops) stop();
      act();
    };
    work.then(
      value => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(asFailure(error))),
    );
    if (limit !== undefined)
      stops.push(limit.clock.after(limit.milliseconds, () => settle(() => reject(limit.failure()))));
    if (cancellation !== undefined)
      stops.push(
        cancellation.onCancelled(() =>
          settle(() => reject(new Failure('cancelled', 'cancelled by the user'))),
        ),
      );
  });
}
