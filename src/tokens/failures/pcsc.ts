import type { FailureCode } from '../../base/failure.js';
import { _ } from '../../io/text.js';
import { results } from '../../pcsc/results.js';
import { advice } from './advice.js';
import { generalEntries } from './by-code.js';
import type { Entry, Words } from './entry.js';

const clientMistake: Words = {
  what: () => _('Smart Card Manager asked pcscd for something that does not exist.'),
  next: advice.again,
};
const windowsOnly: Words = {
  what: () => _('The smart card service (pcscd) reported an error that does not fit what was asked of it.'),
  next: advice.restartService,
};
const lineFault: Words = {
  what: () => _('The connection between the reader and the card is disturbed.'),
  next: () => _('Clean the contacts of the card, put it in firmly, and try once more.'),
};
const outOfMemory: Words = {
  what: () => _('There is not enough memory left.'),
  next: () => _('Close other programs and try again.'),
};
const wrongPin: Words = {
  what: () => _('The card did not accept its password.'),
  next: () => _('Try again with the right card password.'),
};
const busyHelper: Words = {
  what: () => _('Too much is asked of the smart cards at once.'),
  next: advice.later,
};

/** Results that mean more, or something else, than the failure that they are in general. */
const wordsOf: Readonly<Record<string, Words>> = {
  SCARD_F_INTERNAL_ERROR: {
    what: () => _('The smart card service (pcscd) had an internal error.'),
    next: advice.restartService,
  },
  SCARD_E_CANCELLED: { what: () => _('The command to the card was broken off.'), next: advice.again },
  SCARD_E_INVALID_HANDLE: clientMistake,
  SCARD_E_INVALID_PARAMETER: clientMistake,
  SCARD_E_INVALID_TARGET: clientMistake,
  SCARD_E_NO_MEMORY: outOfMemory,
  SCARD_E_INSUFFICIENT_BUFFER: {
    what: () => _('The answer of the card is longer than expected.'),
    next: advice.again,
  },
  SCARD_E_UNKNOWN_CARD: {
    what: () => _('The card in {reader} is not recognized.'),
    next: advice.anotherCard,
  },
  SCARD_E_CANT_DISPOSE: {
    what: () => _('The connection to the card could not be ended properly.'),
    next: advice.reinsert,
  },
  SCARD_E_INVALID_VALUE: clientMistake,
  SCARD_E_SYSTEM_CANCELLED: {
    what: () => _('The command to the card was broken off: the session is ending.'),
    next: () => _('Log in again and try once more.'),
  },
  SCARD_F_COMM_ERROR: lineFault,
  SCARD_F_UNKNOWN_ERROR: {
    what: () => _('The smart card reader reported an unknown error.'),
    next: advice.reinsert,
  },
  SCARD_E_NOT_TRANSACTED: {
    what: () => _('The command did not reach the card.'),
    next: advice.reinsert,
  },
  SCARD_E_PCI_TOO_SMALL: clientMistake,
  SCARD_E_READER_UNSUPPORTED: {
    what: () => _('The driver of {reader} cannot do this.'),
    next: advice.updateDriver,
  },
  SCARD_E_DUPLICATE_READER: {
    what: () => _('There are two readers of the same name.'),
    next: advice.restartService,
  },
  SCARD_E_CARD_UNSUPPORTED: {
    what: () => _('The reader {reader} cannot work with this card.'),
    next: advice.updateDriver,
  },
  SCARD_E_UNEXPECTED: {
    what: () => _('The card or its reader did something unexpected.'),
    next: advice.reinsert,
  },
  SCARD_E_ICC_INSTALLATION: windowsOnly,
  SCARD_E_ICC_CREATEORDER: windowsOnly,
  SCARD_E_UNSUPPORTED_FEATURE: {
    what: () => _('The reader or its driver cannot do this.'),
    next: advice.updateDriver,
  },
  SCARD_E_DIR_NOT_FOUND: windowsOnly,
  SCARD_E_FILE_NOT_FOUND: windowsOnly,
  SCARD_E_NO_DIR: windowsOnly,
  SCARD_E_NO_FILE: windowsOnly,
  SCARD_E_NO_ACCESS: {
    what: () => _('The card does not allow access to this data.'),
    next: advice.helpDesk,
  },
  SCARD_E_WRITE_TOO_MANY: {
    what: () => _('The card has no room for this much data.'),
    next: advice.formatThenEnroll,
  },
  SCARD_E_BAD_SEEK: windowsOnly,
  SCARD_E_INVALID_CHV: wrongPin,
  SCARD_E_UNKNOWN_RES_MNG: windowsOnly,
  SCARD_E_NO_SUCH_CERTIFICATE: windowsOnly,
  SCARD_E_CERTIFICATE_UNAVAILABLE: windowsOnly,
  SCARD_E_NO_READERS_AVAILABLE: {
    what: () => _('There is no smart card reader.'),
    next: () => _('Plug a smart card reader in.'),
  },
  SCARD_E_COMM_DATA_LOST: lineFault,
  SCARD_E_NO_KEY_CONTAINER: windowsOnly,
  SCARD_E_SERVER_TOO_BUSY: {
    what: () => _('The smart card service (pcscd) has too much to do.'),
    next: advice.later,
  },
  SCARD_W_UNSUPPORTED_CARD: {
    what: () => _('The reader {reader} cannot work with this card.'),
    next: advice.updateDriver,
  },
  SCARD_W_UNPOWERED_CARD: {
    what: () => _('The card in {reader} has no power.'),
    next: advice.reinsert,
  },
  SCARD_W_WRONG_CHV: wrongPin,
  SCARD_W_CHV_BLOCKED: {
    what: () => _('The card password is blocked after too many wrong attempts.'),
    next: () => _('Reset the card password with the help of the server.'),
  },
  SCARD_W_EOF: windowsOnly,
  SCARD_W_CARD_NOT_AUTHENTICATED: {
    what: () => _('The card wants its password first.'),
    next: advice.again,
  },
  ESC_E_TOO_MANY_CONNECTIONS: busyHelper,
  ESC_E_TOO_MANY_REQUESTS: busyHelper,
  ESC_E_NO_MEMORY: outOfMemory,
};

/** 20xx and 21xx: the last byte of PC/SC's code; 29xx: that of a result of our own helper program. */
function numberOf(code: number): number {
  return (code >>> 16 === 0x8010 ? 2000 : 2900) + (code & 0xff);
}

/** The results of PC/SC, each with the failure code that it is taken for. */
export const pcscEntries: readonly (Entry & { readonly code: FailureCode })[] = results.map(
  ([result, name, code]) => ({
    code,
    name,
    number: numberOf(result),
    what: wordsOf[name]?.what ?? generalEntries[code].what,
    next: wordsOf[name]?.next ?? generalEntries[code].next,
  }),
);
