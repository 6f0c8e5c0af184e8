import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import { announce, takeBack } from './announce.js';
import { descendants } from './descendants.js';

/** Shows a few words at the bottom of a window for some seconds, and has screen readers say them. */
export function toast(overlay: Adw.ToastOverlay, text: string): void {
  const shown = new Adw.Toast({ title: GLib.markup_escape_text(text, -1) });
  overlay.add_toast(shown);
  // Libadwaita 1.2 gives the button that takes it away no name.
  for (const widget of descendants(overlay))
    if (widget instanceof Gtk.Button && widget.parent.css_name === 'toast')
      widget.update_property([Gtk.AccessibleProperty.LABEL], [_('Close')]);
  const focus = overlay.get_root()?.get_focus() ?? overlay;
  announce(focus, text);
  shown.connect('dismissed', () => takeBack(focus));
}
