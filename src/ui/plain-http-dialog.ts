import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import { _, fill } from '../io/text.js';
import type { ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import type { PlainHttpAnswer } from '../tokens/operation-prompter.js';
import { setAccessibleName } from './accessible-name.js';
import { ask } from './ask.js';

/** Asks before a login goes to a server without encryption. */
export async function askPlainHttp(
  parent: Gtk.Window,
  server: ServerAddress,
  canRemember: boolean,
  cancellation: Cancellation,
): Promise<PlainHttpAnswer> {
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading: _('Sign In Without Encryption?'),
    body: fill(
      _(
        'The connection to {server} is not encrypted: others on the network may read your password and the card password. Ask your help desk for an address that begins with https.',
      ),
      { server: serverName(server) },
    ),
  });
  const title = _('Do Not Ask Again for This Server');
  const remember = new Gtk.Switch({ valign: Gtk.Align.CENTER });
  setAccessibleName(remember, title);
  const row = new Adw.ActionRow({ title, title_lines: 0, activatable_widget: remember });
  row.add_suffix(remember);
  const group = new Adw.PreferencesGroup();
  group.add(row);
  if (canRemember) dialog.extra_child = group;
  dialog.add_response('cancel', _('Cancel'));
  dialog.add_response('continue', _('Continue'));
  dialog.set_response_appearance('continue', Adw.ResponseAppearance.DESTRUCTIVE);
  dialog.default_response = 'cancel';
  dialog.close_response = 'cancel';
  if ((await ask(dialog, cancellation)) !== 'continue') return 'no';
  return canRemember && remember.active ? 'always' : 'this-run';
}
