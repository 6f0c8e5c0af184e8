import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import { asFailure } from '../base/failure.js';

/** Brings a window to the front, or says over another one why there is none. @param find makes it, unless it is open */
export function openOver(toasts: Adw.ToastOverlay, find: () => Promise<Gtk.Window>): void {
  find().then(
    window => window.present(),
    async (error: unknown) => {
      const { tellFailure } = await import('./failure-dialog.js');
      await tellFailure(toasts, asFailure(error));
    },
  );
}

/** The window of a kind that is open. */
export function openWindow<W extends Gtk.Window>(kind: new (...parts: never[]) => W): W | undefined {
  return Gtk.Window.list_toplevels().find((window): window is W => window instanceof kind);
}
