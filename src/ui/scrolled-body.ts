import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';

/** Pixels. */
const least = 140;
const most = 460;

/**
 * What a dialog asks, in place of its body: scrolls where text is large and the screen small.
 * @param parts below the text
 */
export function scrolledBody(text: string, ...parts: readonly Gtk.Widget[]): Gtk.ScrolledWindow {
  // The view would cut the outline of a group.
  const margins = { margin_start: 2, margin_end: 2, margin_bottom: 2 };
  const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 18, ...margins });
  box.append(
    new Gtk.Label({
      label: text,
      justify: Gtk.Justification.CENTER,
      wrap: true,
      wrap_mode: Pango.WrapMode.WORD_CHAR,
    }),
  );
  for (const part of parts) box.append(part);
  const body = new Gtk.ScrolledWindow({
    child: box,
    hscrollbar_policy: Gtk.PolicyType.NEVER,
    propagate_natural_height: true,
    min_content_height: least,
    max_content_height: most,
  });
  body.connect('map', () => measureAgain(body));
  return body;
}

/**
 * Where the desktop has animations off, Libadwaita 1.2 gives a question the room that it needs with its buttons side by
 * side, and then puts one above the other: the last one would be cut.
 */
function measureAgain(body: Gtk.Widget): void {
  let drawn = false;
  body.add_tick_callback(() => {
    if (drawn) body.queue_resize();
    drawn = !drawn;
    return drawn ? GLib.SOURCE_CONTINUE : GLib.SOURCE_REMOVE;
  });
}
