import type Gio from 'gi://Gio';
import type Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import { whenClosed } from '../when-closed.js';

/** What is said of a setting that an administrator has locked. */
export function lockedText(): string {
  return _('Set by your administrator');
}

/** Calls `show` now and whenever the setting is locked or unlocked, until the window is closed. */
export function followLock(
  store: Gio.Settings,
  key: string,
  window: Gtk.Window,
  show: (locked: boolean) => void,
): void {
  const look = (): void => show(!store.is_writable(key));
  const handler = store.connect(`writable-changed::${key}`, look);
  whenClosed(window, () => store.disconnect(handler));
  look();
}
