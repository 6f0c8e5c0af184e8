import Adw from 'gi://Adw';
import type Gio from 'gi://Gio';
import type Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import { announce } from '../announce.js';
import { whenClosed } from '../when-closed.js';

/** Says, below the switch for the start with the session, that the desktop has switched it off, and what helps. */
export function autostartRefusalRow(window: Gtk.Window, store: Gio.Settings): Adw.ActionRow {
  const row = new Adw.ActionRow({
    title: _('Your desktop did not allow the start with the session'),
    subtitle: _(
      'Allow this program to run in the background in the settings of your desktop, then switch it on again.',
    ),
    icon_name: 'esc-warning-symbolic',
    title_lines: 0,
    subtitle_lines: 0,
  });
  const look = (): void => {
    const visible = store.get_boolean('autostart-refused') && !store.get_boolean('autostart');
    if (visible && !row.visible)
      announce(row.get_root()?.get_focus() ?? row, `${row.title}. ${row.subtitle}`);
    row.visible = visible;
  };
  row.visible = false;
  const handlers = ['autostart', 'autostart-refused'].map(key => store.connect(`changed::${key}`, look));
  whenClosed(window, () => {
    for (const handler of handlers) store.disconnect(handler);
  });
  look();
  return row;
}
