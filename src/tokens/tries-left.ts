import { _, fill, ngettext } from '../io/text.js';

/** Said before the card password is typed, and after a wrong one. @param left undefined where the card does not tell */
export function triesLeftText(left: number | undefined): string {
  if (left === undefined)
    return _(
      'This card does not tell how many attempts are left. After too many wrong ones it blocks its password.',
    );
  if (left === 1)
    return _('This is the last attempt: if it is wrong, the card blocks its password and has to be reset.');
  return fill(ngettext('{count} attempt left.', '{count} attempts left.', left), { count: left });
}
