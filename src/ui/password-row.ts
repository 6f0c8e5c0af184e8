import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import { setAccessibleName } from './accessible-name.js';
import { descendants } from './descendants.js';
import { wrapEntryTitle } from './wrap-title.js';

/** An entry for a password, which Return takes for answered. */
export function passwordRow(title: string): Adw.PasswordEntryRow {
  const row = wrapEntryTitle(new Adw.PasswordEntryRow({ title, activates_default: true }));
  // GTK 4.8 lets screen readers call the button that shows the password by the type of its picture.
  for (const widget of descendants(row)) if (widget instanceof Gtk.Button) nameByTooltip(widget);
  return row;
}

function nameByTooltip(button: Gtk.Button): void {
  const name = (): void => setAccessibleName(button, button.tooltip_text);
  button.connect('notify::tooltip-text', name);
  name();
}
