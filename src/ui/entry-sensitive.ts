import type Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';

/** Lets a person type into an entry or not. Screen readers ask the text within, which newer GTK does not tell of its row. */
export function setEntrySensitive(entry: Adw.EntryRow, sensitive: boolean): void {
  entry.sensitive = sensitive;
  (entry.get_delegate() as Gtk.Text | null)?.set_sensitive(sensitive);
}
