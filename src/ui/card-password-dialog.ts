import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import { _ } from '../io/text.js';
import { cardPinLimits, fewTries, type PinRequest } from '../tokens/card-tasks.js';
import { triesLeftText } from '../tokens/tries-left.js';
import { askFor } from './ask.js';
import { passwordRow } from './password-row.js';
import { paragraphs } from './words.js';

/**
 * Asks for the card password as it is now, with the attempts left. Undefined when the person does not want to.
 * @param which card it is about, where there is doubt
 */
export function askCardPassword(
  parent: Gtk.Window,
  request: PinRequest,
  which: string,
  cancellation: Cancellation,
): Promise<string | undefined> {
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading: request.purpose === 'test-card' ? _('Test This Card') : _('Change the Card Password'),
    body: paragraphs(which, ...bodyOf(request)),
  });
  const password = passwordRow(
    request.purpose === 'test-card' ? _('Card Password') : _('Present Card Password'),
  );
  const group = new Adw.PreferencesGroup();
  group.add(password);
  const attempts = new Gtk.Label({ label: triesLeftText(request.triesLeft), wrap: true, xalign: 0 });
  attempts.set_css_classes(isDanger(request) ? ['attempts', 'danger'] : ['attempts', 'caption']);
  const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 12 });
  box.append(group);
  box.append(attempts);
  dialog.extra_child = box;
  dialog.add_response('cancel', _('Cancel'));
  dialog.add_response('ok', request.purpose === 'test-card' ? _('Test') : _('Continue'));
  dialog.set_response_appearance('ok', Adw.ResponseAppearance.SUGGESTED);
  dialog.default_response = 'ok';
  dialog.close_response = 'cancel';

  const check = (): void => {
    const { length } = new TextEncoder().encode(password.text);
    dialog.set_response_enabled('ok', length >= cardPinLimits.minimum && length <= cardPinLimits.maximum);
  };
  password.connect('changed', check);
  check();
  dialog.connect('show', () => password.grab_focus());

  return askFor(
    dialog,
    response => {
      const answer = password.text;
      password.text = '';
      return response === 'ok' ? answer : undefined;
    },
    cancellation,
  );
}

function bodyOf({ purpose, wrong }: PinRequest): string[] {
  return [
    wrong === 0 ? '' : _('The card password was wrong. Try again.'),
    purpose === 'test-card'
      ? _('The card signs and decrypts something with each of its keys. Nothing on it is changed.')
      : _('The password is changed on the card alone. It does not need a server.'),
  ];
}

/** Where the card does not tell, two wrong ones are reason enough to be careful. */
function isDanger({ triesLeft, wrong }: PinRequest): boolean {
  return triesLeft === undefined ? wrong >= 2 : triesLeft <= fewTries;
}
