import Gtk from 'gi://Gtk';

/**
 * Has screen readers say what has happened.
 * @param widget best what has the keyboard's focus: before GTK 4.14 they say it of that alone, as its description
 */
export function announce(widget: Gtk.Widget, text: string): void {
  if ('announce' in widget) widget.announce(text, Gtk.AccessibleAnnouncementPriority.MEDIUM);
  else describe(widget, text);
}

// The types do not know that a widget may have no `announce`.
function describe(widget: Gtk.Accessible, text: string): void {
  // What it is described by already would not be said again.
  forget(widget);
  widget.update_property([Gtk.AccessibleProperty.DESCRIPTION], [text]);
}

/** Leaves nothing of what was announced, now that it is over. */
export function takeBack(widget: Gtk.Widget): void {
  if (!('announce' in widget)) forget(widget);
}

function forget(widget: Gtk.Accessible): void {
  widget.reset_property(Gtk.AccessibleProperty.DESCRIPTION);
}

/** Whether the keyboard's focus is in there, or nowhere. */
export function mayTakeFocus(widget: Gtk.Widget): boolean {
  const focus = widget.get_root()?.get_focus() ?? null;
  return focus === null || focus.is_ancestor(widget);
}

/** Gives the keyboard's focus to the first of them that can take it. */
export function focusOn(...widgets: readonly Gtk.Widget[]): void {
  widgets.find(
    widget =>
      widget.get_mapped() && widget.is_sensitive() && widget.child_focus(Gtk.DirectionType.TAB_FORWARD),
  );
}

/** For work that takes the keyboard's focus from what has it. @returns gives it back, unless something else has it */
export function keepFocus(widget: Gtk.Widget): () => void {
  const root = widget.get_root();
  const focus = root?.get_focus();
  return () => {
    if (root?.get_focus() === null) focus?.grab_focus();
  };
}
