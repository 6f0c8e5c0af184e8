import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import type GObject from 'gi://GObject';
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
  const naming = parts.connect('items-changed', (_parts, place: number, _removed: number, added: number) => {
    for (let i = place; i < place + added; i += 1) nameClosing(parts.get_item(i));
  });
  overlay.add_toast(shown);
  const focus = overlay.get_root()?.get_focus() ?? overlay;
  announce(focus, text);
  shown.connect('dismissed', () => {
    parts.disconnect(naming);
    takeBack(focus);
  });
}

/** Libadwaita 1.2 gives the button that takes a toast away no name. */
function nameClosing(part: GObject.Object | null): void {
  if (!(part instanceof Gtk.Widget) || part.css_name !== 'toast') return;
  for (const widget of descendants(part))
    if (widget instanceof Gtk.Button) setAccessibleName(widget, _('Close'));
}
