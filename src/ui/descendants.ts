import type Gtk from 'gi://Gtk';

/** All that is within a widget, the parts that its library gave it too: of those it has no other way to speak. */
export function* descendants(widget: Gtk.Widget): Generator<Gtk.Widget> {
  for (let child = widget.get_first_child(); child !== null; child = child.get_next_sibling()) {
    yield child;
    yield* descendants(child);
  }
}
