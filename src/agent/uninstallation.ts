import Gio from 'gi://Gio';
import type { Clock } from '../base/clock.js';

/** Milliseconds in which an update that took a file away puts the new one there. */
const update = 5_000;

/** Calls `uninstalled` once the file has gone for good. @returns ends the watch */
export function onUninstalled(path: string, clock: Clock, uninstalled: () => void): () => void {
  const file = Gio.File.new_for_path(path);
  const monitor = file.monitor_file(Gio.FileMonitorFlags.NONE, null);
  let stopClock: (() => void) | undefined;
  monitor.connect('changed', () => {
    stopClock?.();
    stopClock = clock.after(update, () => {
      if (!file.query_exists(null)) uninstalled();
    });
  });
  return () => {
    stopClock?.();
    monitor.cancel();
  };
}
