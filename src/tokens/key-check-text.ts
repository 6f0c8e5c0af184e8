import type { KeyCheck, Untested } from '../card/key-check.js';
import { _, fill } from '../io/text.js';

/** How one key did, in one line for a person. */
export function keyCheckText(check: KeyCheck): string {
  const { number, label, job } = check;
  const key = label === '' ? fill(_('Key {number}'), { number }) : label;
  return fill(_('{key}: {result}'), { key, result: resultText(check, job) });
}

function resultText({ result, why }: KeyCheck, job: KeyCheck['job']): string {
  switch (result) {
    case 'works':
      return job === 'sign' ? _('signs correctly') : _('decrypts correctly');
    case 'wrong':
      return job === 'sign'
        ? _('its signature does not fit the certificate')
        : _('it does not decrypt what is encrypted for the certificate');
    case 'refused':
      return _('the card refuses to use it');
    case 'untested':
      return untestedText(why);
  }
}

function untestedText(why: Untested | undefined): string {
  switch (why) {
    case 'kind':
      return _('not tested, since such cards can be tested with RSA keys only');
    case 'certificate':
      return _('not tested, since it has no certificate on the card to check it against');
    default:
      return _('not tested, since the card does not say what it is for');
  }
}
