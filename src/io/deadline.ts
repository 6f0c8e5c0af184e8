import Gio from 'gi://Gio';
import type { Cancellation } from '../base/cancellation.js';
import type { Failure } from '../base/failure.js';
import { systemClock } from './clock.js';

/**
 * Does something that takes a while, no longer than is allowed, nor beyond the cancellation.
 * @param work is told by its cancellable when to stop
 * @param failureOf what becomes of what `work` threw; Gio says "cancelled" whether it was too late or not wanted any more
 * @throws Failure `cancelled` when that is so from the beginning, and those of `failureOf`
 */
export async function withDeadline<T>(
  milliseconds: number,
  cancellation: Cancellation,
  work: (cancellable: Gio.Cancellable) => Promise<T>,
  failureOf: (error: unknown, tooLate: boolean) => Failure,
): Promise<T> {
  cancellation.throwIfCancelled();
  const cancellable = new Gio.Cancellable();
  const forget = cancellation.onCancelled(() => cancellable.cancel());
  let passed = false as boolean;
  const stop = systemClock.after(milliseconds, () => {
    passed = true;
    cancellable.cancel();
  });
  try {
    return await work(cancellable);
  } catch (error) {
    throw failureOf(error, passed && !cancellation.cancelled);
  } finally {
    forget();
    stop();
  }
}
