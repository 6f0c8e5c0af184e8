import { _ } from '../../io/text.js';
import type { Words } from './entry.js';
import { forCard, noRoom, notFound, notNow, wrongData, wrongParameters } from './card-words.js';

/** What the CoolKey applet says by 9Cxx: by the last byte. */
export const appletWords: Readonly<Record<number, Words>> = {
  0x01: noRoom,
  0x02: {
    what: () => _('The card did not accept its password.'),
    next: () => _('Try again with the right card password.'),
  },
  0x03: notNow,
  0x05: forCard(() => _('The card does not support this function.')),
  0x06: forCard(() => _('The card wants its password first.')),
  0x07: notFound,
  0x08: forCard(() => _('What was to be written is on the card already.')),
  0x09: forCard(() => _('The card does not support this kind of key.')),
  0x0b: forCard(() => _('The card found a wrong signature.')),
  0x0c: {
    what: () => _('The card password is blocked after too many wrong attempts.'),
    next: () => _('Reset the card password with the help of the server.'),
  },
  0x0d: forCard(() => _('The card refused a command and gave no reason.')),
  0x0f: wrongData,
  0x10: wrongParameters,
  0x11: wrongParameters,
  0x12: {
    what: () => _('The card has nothing more to tell.'),
    next: () => _('Nothing has to be done.'),
  },
  0x13: forCard(() => _('The card cannot use the key this way.')),
  0x14: wrongData,
  0x15: wrongData,
  0x16: wrongData,
  0x17: forCard(() => _('The card does not support this kind of key.')),
  0x18: forCard(() => _('The key that was sent to the card is of another kind.')),
  0x19: wrongData,
  0x1a: forCard(() => _('The key is of another size than the card expects.')),
  0x1b: forCard(() => _('The card cannot use the key this way.')),
  0x1c: forCard(() => _('The card cannot use the key this way.')),
  0x1d: forCard(() => _('There is no room for the answer of the card.')),
  0x1e: forCard(() => _('The two keys on the card do not belong together.')),
  0x1f: wrongData,
  0x20: forCard(() => _('The key from the server did not arrive intact.')),
  0x21: forCard(() => _('The card does not support this kind of key.')),
  0x22: forCard(() => _('The key from the server did not arrive intact.')),
  0xff: forCard(() => _('The software on the card had an internal error.')),
};
