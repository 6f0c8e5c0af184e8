import type { FailureCode } from '../../base/failure.js';
import { _ } from '../../io/text.js';
import { advice } from './advice.js';
import type { Entry } from './entry.js';

type Line = Omit<Entry, 'name'>;

/**
 * Each failure code in general, which serves whatever has no line of its own in the other tables. A new code in
 * src/base/failure.ts gets its line here, with the next free number of its family:
 * 10xx this program, 11xx readers and pcscd, 12xx cards, 13xx what TPS is asked for, 14xx programs that use the card,
 * 50xx network and servers, 60xx TLS.
 */
const lines: Readonly<Record<FailureCode, Line>> = {
  internal: { number: 1001, what: () => _('Smart Card Manager made a mistake.'), next: advice.again },
  usage: {
    number: 1002,
    what: () => _('The command line asks for something that is not possible.'),
    next: () => _('See escctl --help.'),
  },
  cancelled: {
    number: 1003,
    what: () => _('Cancelled.'),
    next: () => _('Start again whenever you like.'),
  },
  'no-such-card': {
    number: 1004,
    what: () => _('The card that was named is not in.'),
    next: () => _('Put the card in, or see escctl list for the cards that are in.'),
  },
  'setting-locked': {
    number: 1005,
    what: () => _('This is set by your administrator and cannot be changed here.'),
    next: () => _('Ask your administrator to change it.'),
  },
  'format-locked': {
    number: 1006,
    what: () => _('Cards are not formatted on this computer: your administrator has decided so.'),
    next: () => _('Ask your administrator or your help desk to format the card.'),
  },

  'profile-open': {
    number: 1021,
    what: () => _('{named} is open.'),
    next: () => _('Close the program and try again.'),
  },
  'nss-tools-missing': {
    number: 1022,
    what: () => _('The tools that set up browsers and mail programs (modutil and certutil) are missing.'),
    next: () => _('Install libnss3-tools (on Fedora nss-tools) and try again.'),
  },
  'nss-refused': {
    number: 1023,
    what: () => _('It could not be set up.'),
    next: () =>
      _('Everything is as it was before. Try again, or set it up in the browser or mail program itself.'),
  },
  'primary-password': {
    number: 1024,
    what: () => _('The profile is protected by a primary password, which is missing or wrong.'),
    next: () => _('Try again with the primary password of the profile.'),
  },
  'no-ca-chain': {
    number: 1025,
    what: () => _('These are not the certificates of a certification authority.'),
    next: () => _('Check the address, or ask your help desk for the file with the CA certificate chain.'),
  },

  'pcscd-absent': {
    number: 1101,
    what: () => _('The smart card service (pcscd) is not running.'),
    next: () => _('Install and start pcscd, or ask your administrator to. It is noticed by itself then.'),
  },
  'pcscd-refused': {
    number: 1102,
    what: () => _('The smart card service (pcscd) does not let you use it.'),
    next: () =>
      _('Ask your administrator for the right to access smart cards (polkit: access_pcsc, access_card).'),
  },
  'pcscd-stopped': {
    number: 1103,
    what: () => _('The smart card service (pcscd) has stopped.'),
    next: () =>
      _(
        'Start pcscd again, or restart the computer. The cards that are in are read again by themselves then.',
      ),
  },
  'pcscd-incompatible': {
    number: 1104,
    what: () => _('The versions of the smart card service (pcscd) and of its library do not fit together.'),
    next: () => _('Update pcscd and libpcsclite together, or restart pcscd after an update.'),
  },
  'pcsc-error': {
    number: 1105,
    what: () => _('The smart card reader reported an error.'),
    next: advice.reinsert,
  },
  'shim-lost': {
    number: 1106,
    what: () => _('The helper program that reaches the smart cards has stopped.'),
    next: () => _('It is started again by itself. Try once more in a moment.'),
  },
  'shim-missing': {
    number: 1107,
    what: () => _('The helper program that reaches the smart cards cannot be started.'),
    next: () => _('Install Smart Card Manager again.'),
  },
  'reader-lost': {
    number: 1108,
    what: () => _('The smart card reader was unplugged.'),
    next: () => _('Plug the reader in again, put the card in, and try once more.'),
  },

  'card-removed': {
    number: 1201,
    what: () => _('The card was taken out.'),
    next: () => _('Put the card in again and leave it in until the end.'),
  },
  'card-reset': {
    number: 1202,
    what: () => _('Another program reset the card in the middle.'),
    next: () => _('Close other programs that use the card and try again.'),
  },
  'card-busy': {
    number: 1203,
    what: () => _('Another program is using this card.'),
    next: () => _('Close browsers, mail programs and other card tools that use it, and try again.'),
  },
  'card-mute': {
    number: 1204,
    what: () => _('The card in {reader} does not answer.'),
    next: () => _('Check that the card is the right way round; clean its contacts; try another card.'),
  },
  'card-silent': {
    number: 1205,
    what: () => _('The card stopped answering.'),
    next: advice.reinsert,
  },
  'card-refused': { number: 1206, what: () => _('The card refused a command.'), next: advice.again },
  'malformed-data': {
    number: 1207,
    what: () => _('The card holds data that cannot be understood.'),
    next: advice.formatThenEnroll,
  },
  'card-unfinished': {
    number: 1208,
    what: () => _('The card is unfinished: an operation on it was cut off. It cannot be used like this.'),
    next: advice.formatThenEnroll,
  },
  'unsuitable-card': {
    number: 1209,
    what: () => _('This cannot be done with this card as it is.'),
    next: () => _('Enroll the card first, or use another card.'),
  },
  'pin-unsuitable': {
    number: 1210,
    what: () => _('The new card password cannot be used.'),
    next: () => _('Choose another card password.'),
  },
  'pin-wrong': {
    number: 1212,
    what: () => _('The card password was wrong.'),
    next: () => _('Try again with the right card password. {tries}'),
  },
  'pin-blocked': {
    number: 1213,
    what: () => _('The card password is blocked: it was wrong too many times.'),
    next: () =>
      _('Reset the card password with the help of the server. Keys and certificates stay on the card.'),
  },
  'key-check-failed': {
    number: 1214,
    what: () => _('Not every key of the card works.'),
    next: () => _('Enroll the card again. If that does not help, give the details to your help desk.'),
  },

  'server-refused': {
    number: 1301,
    what: () => _('The server refused the operation.'),
    next: advice.again,
  },
  'login-refused': {
    number: 1302,
    what: () => _('The user name or password was not accepted.'),
    next: advice.login,
  },
  'no-server-url': {
    number: 1303,
    what: () => _('It is not known which server issues this card.'),
    next: () => _('Set the address of the server (TPS), or ask your help desk for it.'),
  },

  'module-missing': {
    number: 1401,
    what: () => _('There is no PKCS #11 module by which browsers and mail programs could use the card.'),
    next: () => _('Install OpenSC (Debian: opensc-pkcs11).'),
  },
  'module-unusable': {
    number: 1402,
    what: () => _('A PKCS #11 module cannot be loaded: {named}.'),
    next: () => _('Install the package with this module again, or ask your administrator to.'),
  },

  'bad-url': {
    number: 5001,
    what: () => _('The address of the server is not valid.'),
    next: () => _('Correct the address. It looks like https://pki.example.com:8443/tps/tps.'),
  },
  'host-not-found': {
    number: 5002,
    what: () => _('There is no server of the name {server}, or the network is down.'),
    next: () => _('Check your network connection and the address of the server.'),
  },
  'connection-refused': {
    number: 5003,
    what: () => _('{server} does not accept connections.'),
    next: () => _('Check the address and the port, or ask your help desk whether the server is running.'),
  },
  'network-error': {
    number: 5004,
    what: () => _('The network connection to {server} failed.'),
    next: advice.network,
  },
  'http-status': {
    number: 5005,
    what: () => _('{server} answered with an error ({result}).'),
    next: advice.askForAddress,
  },
  'not-a-tps': {
    number: 5006,
    what: () => _('{server} is not a Token Processing System.'),
    next: advice.checkAddress,
  },
  'server-closed': {
    number: 5007,
    what: () => _('{server} ended the connection in the middle.'),
    next: () => _('Try again. If it happens again, ask your help desk to look at the server’s log.'),
  },
  'server-silent': { number: 5008, what: () => _('{server} stopped answering.'), next: advice.later },
  'protocol-violation': {
    number: 5009,
    what: () => _('{server} answered in a way that is not understood.'),
    next: advice.again,
  },
  'document-too-big': {
    number: 5010,
    what: () => _('{server} sent a document that is too long to be what was asked for.'),
    next: advice.askForAddress,
  },
  'not-xml': {
    number: 5011,
    what: () => _('{server} sent something other than Phone Home information.'),
    next: advice.checkPhoneHome,
  },
  'not-service-info': {
    number: 5012,
    what: () => _('{server} sent another kind of document instead of Phone Home information.'),
    next: advice.checkPhoneHome,
  },
  'bad-redirect': {
    number: 5013,
    what: () => _('{server} sends this program on to another address, which it may not follow.'),
    next: advice.askForAddress,
  },

  'plain-http': {
    number: 6002,
    what: () => _('The connection to {server} is not encrypted, so the login was not sent.'),
    next: () =>
      _('Use an address that begins with https. Where others cannot listen, escctl takes --allow-http.'),
  },
  'tls-error': {
    number: 6001,
    what: () => _('{server} could not prove who it is.'),
    next: advice.notTrusted,
  },
};

export const generalEntries = Object.fromEntries(
  Object.entries(lines).map(([name, line]) => [name, { ...line, name }]),
) as Readonly<Record<FailureCode, Entry>>;
