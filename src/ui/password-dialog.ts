import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { Cancellation } from '../base/cancellation.js';
import { _, fill } from '../io/text.js';
import type { PinLimits } from '../protocol/ports.js';
import { isUsableInPin } from '../protocol/pin.js';
import { setAccessibleName } from './accessible-name.js';
import { announce } from './announce.js';
import { askFor } from './ask.js';
import { passwordRow } from './password-row.js';
import { passwordStrength, strengthScore, type PasswordStrength } from './password-strength.js';

export interface PasswordQuestion {
  readonly heading: string;
  readonly body: string;
  readonly limits: PinLimits;
}

/** Asks for a new card password, twice. Undefined when the person does not want to. */
export function askNewPassword(
  parent: Gtk.Window,
  question: PasswordQuestion,
  cancellation: Cancellation,
): Promise<string | undefined> {
  const { limits } = question;
  const dialog = new Adw.MessageDialog({
    transient_for: parent,
    modal: true,
    heading: question.heading,
    body: question.body,
  });
  const first = passwordRow(_('New Card Password'));
  const second = passwordRow(_('The Same Again'));
  const group = new Adw.PreferencesGroup();
  for (const row of [first, second]) group.add(row);

  const strength = new Gtk.LevelBar({ min_value: 0, max_value: 100 });
  strength.add_css_class('strength');
  strength.remove_offset_value(Gtk.LEVEL_BAR_OFFSET_LOW);
  strength.remove_offset_value(Gtk.LEVEL_BAR_OFFSET_HIGH);
  strength.remove_offset_value(Gtk.LEVEL_BAR_OFFSET_FULL);
  strength.add_offset_value('weak', 59);
  strength.add_offset_value('good', 100);
  setAccessibleName(strength, _('Strength of the password'));
  const hint = new Gtk.Label({ wrap: true, xalign: 0, css_classes: ['caption'] });

  const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 12 });
  box.append(group);
  box.append(strength);
  box.append(hint);
  dialog.extra_child = box;
  dialog.add_response('cancel', _('Cancel'));
  dialog.add_response('ok', _('OK'));
  dialog.set_response_appearance('ok', Adw.ResponseAppearance.SUGGESTED);
  dialog.default_response = 'ok';
  dialog.close_response = 'cancel';

  const check = (typedIn: Adw.EntryRow): void => {
    const problem = problemOf(first.text, second.text, limits);
    strength.value = strengthScore(first.text);
    const said = problem ?? fill(_('Strength: {strength}'), { strength: strengthText(first.text) });
    if (said !== hint.label) announce(typedIn, said);
    hint.label = said;
    dialog.set_response_enabled('ok', problem === undefined);
  };
  first.connect('changed', () => check(first));
  second.connect('changed', () => check(second));
  check(first);
  dialog.connect('show', () => first.grab_focus());

  return askFor(
    dialog,
    response => {
      const password = first.text;
      first.text = '';
      second.text = '';
      return response === 'ok' ? password : undefined;
    },
    cancellation,
  );
}

/** Why these two cannot be taken yet; undefined when they can. */
function problemOf(password: string, again: string, limits: PinLimits): string | undefined {
  const length = Array.from(password).length;
  if (length < limits.minimum || length > limits.maximum)
    return fill(_('{minimum} to {maximum} characters.'), {
      minimum: limits.minimum,
      maximum: limits.maximum,
    });
  if (!isUsableInPin(password))
    // xgettext:no-javascript-format
    return _('Only letters A to Z, digits and signs other than & = % + can be used, and no spaces.');
  if (again === '') return _('Enter the same password again.');
  return password === again ? undefined : _('The two are not the same.');
}

function strengthText(password: string): string {
  const texts: Record<PasswordStrength, string> = {
    none: _('none'),
    'very-weak': _('very weak'),
    weak: _('weak'),
    fair: _('fair'),
    good: _('good'),
    strong: _('strong'),
  };
  return texts[passwordStrength(password)];
}
