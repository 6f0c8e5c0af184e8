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
  return new Gtk.ScrolledWindow({
    child: box,
    hscrollbar_policy: Gtk.PolicyType.NEVER,
    propagate_natural_height: true,
    min_content_height: least,
    max_content_height: most,
  });
}
