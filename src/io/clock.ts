import GLib from 'gi://GLib';
import type { Clock } from '../base/clock.js';

/** The monotonic clock, and timers of the main loop. */
export const systemClock: Clock = {
  now: () => GLib.get_monotonic_time() / 1000,
  after(milliseconds, callback) {
    let source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, milliseconds, () => {
      source = 0;
      callback();
      return GLib.SOURCE_REMOVE;
    });
    return () => {
      if (source !== 0) GLib.Source.remove(source);
      source = 0;
    };
  },
};

/** Calls `callback` again and again, more or less on time. @returns ends that */
export function every(milliseconds: number, callback: () => void): () => void {
  // Those of all programs that are due in the same second come together.
  const source = GLib.timeout_add_seconds(GLib.PRIORITY_LOW, milliseconds / 1000, () => {
    callback();
    return GLib.SOURCE_CONTINUE;
  });
  return () => void GLib.Source.remove(source);
}
