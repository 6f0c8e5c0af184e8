import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';

/** Lets a window's column of groups scroll, and grow no wider than is good to read. */
export function scrolledColumn(box: Gtk.Box): Gtk.ScrolledWindow {
  box.margin_top = box.margin_bottom = 24;
  box.margin_start = box.margin_end = 12;
  return new Gtk.ScrolledWindow({
    hscrollbar_policy: Gtk.PolicyType.NEVER,
    vexpand: true,
    child: new Adw.Clamp({ maximum_size: 560, child: box }),
  });
}
