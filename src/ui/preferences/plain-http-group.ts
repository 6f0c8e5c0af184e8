import Adw from 'gi://Adw';
import type Gio from 'gi://Gio';
import Gtk from 'gi://Gtk';
import { _, fill } from '../../io/text.js';
import { setAccessibleName } from '../accessible-name.js';
import { whenClosed } from '../when-closed.js';
import { wrapTitle } from '../wrap-title.js';
import { followLock, lockedText } from './lock.js';

const key = 'plain-http-servers';

/** The servers that get logins without encryption and without a question; hidden while there are none. */
export function plainHttpGroup(window: Gtk.Window, store: Gio.Settings): Adw.PreferencesGroup {
  const group = new Adw.PreferencesGroup({ title: _('Servers Without Encryption') });
  wrapTitle(group);
  let rows: Gtk.Widget[] = [];
  const show = (): void => {
    for (const row of rows) group.remove(row);
    rows = store.get_strv(key).map(server => serverRow(store, server));
    for (const row of rows) group.add(row);
    group.visible = rows.length > 0;
  };
  const handler = store.connect(`changed::${key}`, show);
  whenClosed(window, () => store.disconnect(handler));
  followLock(store, key, window, locked => {
    group.description = locked ? lockedText() : _('Logins go to them without a question.');
    show();
  });
  return group;
}

function serverRow(store: Gio.Settings, server: string): Gtk.Widget {
  const row = new Adw.ActionRow({ title: server, use_markup: false });
  const button = new Gtk.Button({
    label: _('Remove'),
    valign: Gtk.Align.CENTER,
    sensitive: store.is_writable(key),
  });
  setAccessibleName(button, fill(_('Ask Again for {server}'), { server }));
  button.connect('clicked', () => {
    store.set_strv(
      key,
      store.get_strv(key).filter(other => other !== server),
    );
  });
  row.add_suffix(button);
  return row;
}
