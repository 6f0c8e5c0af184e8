import type Gtk from 'gi://Gtk';

/**
 * Calls `end` when a window has been closed, by whomever. GTK tells of `destroy` only when the last reference goes, which
 * GJS holds until it collects garbage, and then it calls nobody any more.
 */
export function whenClosed(window: Gtk.Window, end: () => void): void {
  window.connect('unrealize', end);
}
