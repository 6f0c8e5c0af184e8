import Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';
import { _, fill } from '../io/text.js';
import { askFor } from './ask.js';

/** Asks for what protects a browser's profile. @returns undefined when the person does not want to */
export function askPrimaryPassword(parent: Gtk.Window, profile: string): Promise<string | undefined> {
  const entry = new Adw.PasswordEntryRow({ title: _('Primary Password'), activates_default: true });
  const group = new Adw.PreferencesGroup();
  group.add(entry);
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading: fill(_('Primary Password of {profile}'), { profile }),
    body: _('This profile is protected. It is needed once, and not kept.'),
    extra_child: group,
  });
  dialog.add_response('cancel', _('Cancel'));
  dialog.add_response('ok', _('OK'));
  dialog.default_response = 'ok';
  dialog.close_response = 'cancel';
  return askFor(dialog, response => (response === 'ok' ? entry.text : undefined));
}
