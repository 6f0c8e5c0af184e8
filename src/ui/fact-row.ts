import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import { _, fill } from '../io/text.js';
import { setAccessibleName } from './accessible-name.js';

/** A name and its value, which a button copies. */
export function factRow(name: string, value: string, copy: (value: string) => void): Adw.ActionRow {
  const row = new Adw.ActionRow({ title: GLib.markup_escape_text(name, -1), subtitle_lines: 0 });
  // Where Pango breaks a long value it would put a hyphen, which looks like a part of it.
  row.subtitle = `<span insert_hyphens="false">${GLib.markup_escape_text(value, -1)}</span>`;
  const label = fill(_('Copy {name}'), { name });
  const button = new Gtk.Button({
    icon_name: 'esc-copy-symbolic',
    valign: Gtk.Align.CENTER,
    tooltip_text: label,
  });
  button.add_css_class('flat');
  setAccessibleName(button, label);
  button.connect('clicked', () => copy(value));
  row.add_suffix(button);
  return row;
}
