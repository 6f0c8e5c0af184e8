import type { FailureCode, FailureReason } from '../../base/failure.js';
import { _ } from '../../io/text.js';
import { advice } from './advice.js';

/** What a reason says in place of the general sentence of its code, and in place of its advice where that differs. */
export interface ReasonWords {
  readonly code: FailureCode;
  /** With {server} and {named} for what the failure says of them. */
  readonly what: () => string;
  readonly next?: () => string;
}

/** Each reason of a failure. A new one in src/base/failure.ts gets its sentence here. */
export const reasonWords: Readonly<Record<FailureReason, ReasonWords>> = {
  'url-scheme': {
    code: 'bad-url',
    what: () => _('The address of the server is not valid: it does not begin with http:// or https://.'),
  },
  'url-login': {
    code: 'bad-url',
    what: () => _('The address of the server is not valid: a user name or a password may not be in it.'),
  },
  'url-path': {
    code: 'bad-url',
    what: () =>
      _(
        'The address of the server is not valid: what follows the name has a space or another character that is not allowed.',
      ),
  },
  'url-brackets': {
    code: 'bad-url',
    what: () =>
      _(
        'The address of the server is not valid: an IPv6 address needs brackets, as in http://[2001:db8::1]:8080.',
      ),
  },
  'url-port': {
    code: 'bad-url',
    what: () => _('The address of the server is not valid: the port is not a number from 1 to 65535.'),
  },
  'url-no-name': {
    code: 'bad-url',
    what: () => _('The address of the server is not valid: the name of the server is missing.'),
  },
  'url-name': {
    code: 'bad-url',
    what: () =>
      _(
        'The address of the server is not valid: its name has a character that is not allowed, or a part that is too long or empty.',
      ),
  },
  'url-ipv4': {
    code: 'bad-url',
    what: () => _('The address of the server is not valid: the IPv4 address in it is wrong.'),
  },
  'url-ipv6': {
    code: 'bad-url',
    what: () => _('The address of the server is not valid: the IPv6 address in it is wrong.'),
  },
  'url-not-https': {
    code: 'bad-url',
    what: () => _('Only a server whose address begins with https:// has a certificate.'),
  },

  'redirects-without-end': {
    code: 'bad-redirect',
    what: () => _('{server} sends this program on from one address to the next, without end.'),
  },
  'redirect-elsewhere': {
    code: 'bad-redirect',
    what: () =>
      _('{server} sends this program on to an address that begins neither with http:// nor with https://.'),
  },
  'redirect-unprotected': {
    code: 'bad-redirect',
    what: () =>
      _(
        '{server} sends this program on from a protected address (https) to one that is not protected (http).',
      ),
  },

  'web-page': {
    code: 'not-xml',
    what: () => _('{server} sent a web page instead of Phone Home information.'),
  },
  'unknown-encoding': {
    code: 'not-xml',
    what: () => _('{server} sent Phone Home information that cannot be read: it is not text in {named}.'),
  },
  'has-dtd': {
    code: 'not-xml',
    what: () =>
      _('{server} sent Phone Home information with a document type definition (DTD), which is not accepted.'),
    next: advice.helpDesk,
  },
  'has-entity': {
    code: 'not-xml',
    what: () => _('{server} sent Phone Home information with an entity ({named}), which is not accepted.'),
    next: advice.helpDesk,
  },
  'malformed-xml': {
    code: 'not-xml',
    what: () => _('{server} sent Phone Home information that cannot be read: it is not well-formed XML.'),
  },
  'other-document': {
    code: 'not-service-info',
    what: () => _('{server} sent another kind of document ({named}) instead of Phone Home information.'),
  },
  'bad-operation-url': {
    code: 'not-service-info',
    what: () => _('{server} names a server for operations whose address is not valid: {named}'),
    next: advice.helpDesk,
  },

  'chain-empty': {
    code: 'no-ca-chain',
    what: () => _('No certificate of a certification authority was found there.'),
  },
  'chain-too-long': {
    code: 'no-ca-chain',
    what: () => _('There are too many certificates there for a certification authority.'),
  },
  'chain-unreadable': {
    code: 'no-ca-chain',
    what: () => _('The certificates of the certification authority cannot be read: the format is not known.'),
  },
  'chain-not-of-ca': {
    code: 'no-ca-chain',
    what: () => _('This certificate is not that of a certification authority: {named}'),
  },

  'tool-without-end': {
    code: 'nss-refused',
    what: () => _('It could not be set up: {named} did not end.'),
  },
  'profile-in-sandbox': {
    code: 'nss-refused',
    what: () => _('{named} runs in a sandbox, where the modules of the system cannot be loaded.'),
    next: () => _('Install the package of your distribution instead of the Flatpak or Snap.'),
  },
  'profile-of-old-form': {
    code: 'nss-refused',
    what: () => _('{named} keeps its certificates in an old form.'),
    next: () => _('Start the program once, which renews the form, close it, and try again.'),
  },
  'no-profile': {
    code: 'nss-refused',
    what: () => _('No browser and no mail program has a profile here that can be set up.'),
    next: () => _('Start the browser or mail program once, close it, and try again.'),
  },
  'not-a-folder': {
    code: 'nss-refused',
    what: () => _('There is no folder {named}.'),
    next: () => _('Name the folder of a profile: escctl register-module --list shows them.'),
  },
  'not-a-library': {
    code: 'nss-refused',
    what: () => _('{named} is not a library for this computer.'),
    next: () => _('Name the file of a PKCS #11 module: escctl register-module --list shows them.'),
  },
  'p11-kit-of-root': {
    code: 'nss-refused',
    what: () => _('For the user root, p11-kit reads only what lies in /etc/pkcs11/modules.'),
    next: () => _('Do it as the user who is to use the card, or put a module file into that folder.'),
  },
  'file-stays': {
    code: 'nss-refused',
    what: () => _('The file {named} cannot be deleted.'),
    next: () => _('Check to whom the file and its folder belong, and try again.'),
  },
  'same-nickname': {
    code: 'nss-refused',
    what: () =>
      _('Several certificates in the profile have the name “{named}”, so that they cannot be told apart.'),
    next: () => _('Delete those that are not needed in the browser or mail program, and try again.'),
  },

  'no-keys-yet': {
    code: 'unsuitable-card',
    what: () => _('Only an enrolled card has keys to test.'),
    next: () => _('Enroll the card first.'),
  },
  'keys-of-other-kind': {
    code: 'unsuitable-card',
    what: () => _('The keys of a card of the kind “{named}” cannot be tested here.'),
    next: advice.anotherCard,
  },
  'no-key-to-test': {
    code: 'unsuitable-card',
    what: () => _('The card has no key that can be tested.'),
  },
  'no-password-yet': {
    code: 'unsuitable-card',
    what: () => _('Only an enrolled card has a password to reset.'),
    next: () => _('Enroll the card first.'),
  },
  'card-only-shown': {
    code: 'unsuitable-card',
    what: () => _('A card of the kind “{named}” is only shown here; it cannot be changed.'),
    next: advice.anotherCard,
  },
  'card-without-number': {
    code: 'unsuitable-card',
    what: () => _('The card has no number (CUID) by which it could be remembered.'),
    next: () => _('Set the address for all cards (--all), or use another card.'),
  },
  'card-without-certificate': {
    code: 'unsuitable-card',
    what: () => _('There is no certificate on the card.'),
  },

  'pin-length': {
    code: 'pin-unsuitable',
    what: () => _('The new card password cannot be used: it must have {named} characters.'),
  },
  'pin-characters': {
    code: 'pin-unsuitable',
    what: () =>
      _(
        'The new card password cannot be used: it may have letters A to Z, digits and signs other than & = % +, and no spaces.',
      ),
  },

  'trust-locked': {
    code: 'setting-locked',
    what: () => _('Which servers are trusted is set by your administrator.'),
  },
  'phone-home-locked': {
    code: 'setting-locked',
    what: () => _('The Phone Home address for all cards is set by your administrator.'),
  },

  'token-type': {
    code: 'usage',
    what: () => _('The token type “{named}” is not valid: it may have neither & nor =.'),
    next: advice.helpDesk,
  },
  'file-unreadable': {
    code: 'usage',
    what: () => _('{named} cannot be read.'),
    next: () => _('Check the name and the permissions of the file.'),
  },
  'file-too-long': {
    code: 'usage',
    what: () => _('{named} is too long for what it is to hold.'),
    next: () => _('Check whether this is the right file.'),
  },
  'file-unwritable': {
    code: 'usage',
    what: () => _('{named} cannot be written.'),
    next: () => _('Check the folder, its permissions, and whether there is room left.'),
  },
  'input-unreadable': { code: 'usage', what: () => _('Standard input cannot be read.') },
  'input-too-long': { code: 'usage', what: () => _('Standard input is too long for what it is to hold.') },
  'output-unwritable': { code: 'usage', what: () => _('Standard output cannot be written.') },
  'no-terminal': { code: 'usage', what: () => _('There is no terminal to ask on.') },
};
