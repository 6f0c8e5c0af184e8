import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';

/** Lets the title of a group take several lines where one would be cut, as where text is large. */
export function wrapTitle(group: Adw.PreferencesGroup): void {
  // Libadwaita has no property for it. The title is the first thing in the group.
  let title: Gtk.Widget | null = group;
  while (title !== null && !(title instanceof Gtk.Label)) title = title.get_first_child();
  title?.set({ wrap: true, wrap_mode: Pango.WrapMode.WORD_CHAR, ellipsize: Pango.EllipsizeMode.NONE });
}
