import GLib from 'gi://GLib';

/** Waits until nothing else is to do, such as to draw. */
export function idle(): Promise<void> {
  return new Promise(resolve => {
    GLib.idle_add(GLib.PRIORITY_LOW, () => {
      resolve();
      return GLib.SOURCE_REMOVE;
    });
  });
}
