import Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';
import { _, fill } from '../io/text.js';
import { ask } from './ask.js';
import { passwordRow } from './password-row.js';

/** Asks for what protects a browser's profile. @returns undefined when the person does not want to */
export async function askPrimaryPassword(parent: Gtk.Window, profile: string): Promise<string | undefined> {
  const entry = passwordRow(_('Primary Password'));
  // The entry is gone with the dialog.
  let password = '';
  entry.connect('changed', () => (password = entry.text));
  const group = new Adw.PreferencesGroup();
  group.add(entry);
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading: fill(_('Primary Password of {profile}'), { profile }),
    body: _('This profile is protected. Its primary password is needed once and is not kept.'),
    extra_child: group,
  });
  dialog.add_response('cancel', _('Cancel'));
  dialog.add_response('ok', _('OK'));
  dialog.default_response = 'ok';
  dialog.close_response = 'cancel';
  const response = await ask(dialog);
  return response === 'ok' ? password : undefined;
}
