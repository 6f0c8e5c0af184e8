import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import { setAccessibleName } from './accessible-name.js';
import { announce, takeBack } from './announce.js';
import { descendants } from './descendants.js';

/** Shows a few words at the bottom of a window for some seconds, and has screen readers say them. */
export function toast(overlay: Adw.ToastOverlay, text: string): void {
  const shown = new Adw.Toast({ title: GLib.markup_escape_text(text, -1) });
  // It may have to wait for one that shows already.
  const parts = overlay.observe_children();
  const naming = parts.connect('items-changed', () => nameClosing(overlay));
  overlay.add_toast(shown);
  const focus = overlay.get_root()?.get_focus() ?? overlay;
  announce(focus, text);
  shown.connect('dismissed', () => {
    parts.disconnect(naming);
    takeBack(focus);
  });
}

/** Libadwaita 1.2 gives the button that takes it away no name. */
function nameClosing(overlay: Adw.ToastOverlay): void {
  for (const widget of descendants(overlay))
    if (widget instanceof Gtk.Button && widget.parent.css_name === 'toast')
      setAccessibleName(widget, _('Close'));
}
