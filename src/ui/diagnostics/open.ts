import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { Window } from '../window.js';

/** Opens the window of diagnostics, or raises the one that is open. */
export function openDiagnostics(parent: Window): void {
  parent.withModel(model => {
    // Much code, which most people never need.
    void import('./diagnostics-window.js').then(({ DiagnosticsWindow }) => {
      const open = Gtk.Window.list_toplevels().find(window => window instanceof DiagnosticsWindow);
      const window = open instanceof Adw.Window ? open : new DiagnosticsWindow(model);
      window.transient_for = parent;
      window.present();
    });
  });
}
