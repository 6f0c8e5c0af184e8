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
