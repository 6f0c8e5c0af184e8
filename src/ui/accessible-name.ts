import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';

/**
 * What screen readers call a widget. Newer GTK names a button by the label in it, and Libadwaita what belongs to a row
 * by the row's title, both of which go before a name of its own.
 */
export function setAccessibleName(widget: Gtk.Widget, name: string): void {
  widget.reset_relation(Gtk.AccessibleRelation.LABELLED_BY);
  widget.update_property([Gtk.AccessibleProperty.LABEL], [name]);
}

/** Puts a button at the end of a row, which activates it as a whole; the button keeps a name of its own. */
export function activateBy(row: Adw.ActionRow, button: Gtk.Widget, name: string): void {
  row.add_suffix(button);
  row.activatable_widget = button;
  setAccessibleName(button, name);
}
