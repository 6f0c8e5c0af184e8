import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import { _, fill } from '../io/text.js';
import { textRow } from './text-row.js';

/** A name and its value, which a button copies. */
export function factRow(name: string, value: string, copy: (value: string) => void): Adw.ActionRow {
  const row = textRow(name, value);
  const label = fill(_('Copy {name}'), { name });
  const button = new Gtk.Button({
    icon_name: 'esc-copy-symbolic',
    valign: Gtk.Align.CENTER,
    tooltip_text: label,
  });
  button.add_css_class('flat');
  button.update_property([Gtk.AccessibleProperty.LABEL], [label]);
  button.connect('clicked', () => copy(value));
  row.add_suffix(button);
  return row;
}
