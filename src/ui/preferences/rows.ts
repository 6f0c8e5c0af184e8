import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import Gtk from 'gi://Gtk';
import { setAccessibleName } from '../accessible-name.js';
import { whenClosed } from '../when-closed.js';
import { followLock, lockedText } from './lock.js';

/** Sensitivity is the row's, which says why. */
const binding = Gio.SettingsBindFlags.DEFAULT | Gio.SettingsBindFlags.NO_SENSITIVITY;

/** A row for one setting. */
export interface RowTexts {
  readonly key: string;
  readonly title: string;
  readonly subtitle: string;
}

function bindUntilClosed(
  window: Gtk.Window,
  store: Gio.Settings,
  key: string,
  control: Gtk.Widget,
  property: string,
): void {
  store.bind(key, control, property, binding);
  whenClosed(window, () => Gio.Settings.unbind(control, property));
}

/** A setting that is on or off. */
export function switchRow(window: Gtk.Window, store: Gio.Settings, texts: RowTexts): Adw.ActionRow {
  const control = new Gtk.Switch({ valign: Gtk.Align.CENTER });
  bindUntilClosed(window, store, texts.key, control, 'active');
  return rowWith(window, store, texts, control);
}

/** A whole number of seconds, within the range of the schema. */
export function secondsRow(window: Gtk.Window, store: Gio.Settings, texts: RowTexts): Adw.ActionRow {
  const [, [lower, upper]] = store.settings_schema
    .get_key(texts.key)
    .get_range()
    .recursiveUnpack<[string, [number, number]]>();
  const adjustment = new Gtk.Adjustment({ lower, upper, step_increment: 5, page_increment: 30 });
  const control = new Gtk.SpinButton({ adjustment, numeric: true, valign: Gtk.Align.CENTER });
  // What was typed counts once the focus leaves, which it does not when the window closes.
  whenClosed(window, () => control.update());
  bindUntilClosed(window, store, texts.key, control, 'value');
  return rowWith(window, store, texts, control);
}

function rowWith(
  window: Gtk.Window,
  store: Gio.Settings,
  { key, title, subtitle }: RowTexts,
  control: Gtk.Widget,
): Adw.ActionRow {
  const row = new Adw.ActionRow({ title, subtitle_lines: 0, activatable_widget: control });
  setAccessibleName(control, title);
  row.add_suffix(control);
  followLock(store, key, window, locked => {
    // The control too: screen readers ask it alone.
    row.sensitive = control.sensitive = !locked;
    row.subtitle = locked ? `${subtitle}\n${lockedText()}` : subtitle;
  });
  return row;
}
