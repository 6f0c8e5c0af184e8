import { _ } from '../../io/text.js';
import { endOpName, endOpNames } from '../../protocol/end-op.js';
import { advice } from './advice.js';
import type { Entry, Words } from './entry.js';

/** The first number of the family: END_OP's code is added. */
const family = 4000;

/**
 * What the END_OP codes of TPS mean to a person, and what helps, in the order of the codes
 * (the codes: Dogtag's TPSStatus; what helps: the behaviour of TPS 10.10 with the CoolKey applet).
 */
const words: readonly Words[] = [
  { what: () => _('The server does not support this operation.'), next: advice.helpDesk },
  { what: () => _('The server had an internal error with this card.'), next: advice.formatThenEnroll },
  { what: () => _('The server could not start a secure session with the card.'), next: advice.again },
  { what: () => _('The card does not support this operation.'), next: advice.anotherCard },
  { what: () => _('The card password could not be changed.'), next: advice.again },
  { what: () => _('A certificate could not be written to the card.'), next: advice.formatThenEnroll },
  { what: () => _('The enrollment could not be finished on the card.'), next: advice.formatThenEnroll },
  { what: () => _('The certificates could not be put on the card.'), next: advice.formatThenEnroll },
  { what: () => _('The card could not do what the server asked for.'), next: advice.formatThenEnroll },
  { what: () => _('The server had an internal error.'), next: advice.again },
  { what: () => _('The certificate authority refused or did not answer.'), next: advice.again },
  { what: () => _('The server had an internal error.'), next: advice.again },
  { what: () => _('The card password could not be set.'), next: advice.again },
  { what: () => _('Secure communication with the server failed.'), next: advice.again },
  { what: () => _('The user name or password was not accepted.'), next: advice.login },
  { what: () => _('The server’s database failed.'), next: advice.again },
  { what: () => _('The server does not know this card.'), next: advice.formatThenEnroll },
  {
    what: () =>
      _('The server and the card could not agree on a secure channel: the card’s keys are not the server’s.'),
    next: () => _('Check that the card comes from this organization, or give the details to your help desk.'),
  },
  { what: () => _('The server is not set up for this card or operation.'), next: advice.helpDesk },
  { what: () => _('The software on the card could not be replaced.'), next: advice.formatThenEnroll },
  { what: () => _('The card’s keys could not be changed.'), next: advice.again },
  { what: () => _('The card did not accept the server.'), next: advice.again },
  { what: () => _('The server has no profile for this card.'), next: advice.helpDesk },
  { what: () => _('The profile of this card is incomplete on the server.'), next: advice.helpDesk },
  { what: () => _('The certificate could not be published.'), next: advice.again },
  { what: () => _('The server cannot reach its directory of users.'), next: advice.again },
  {
    what: () => _('The server does not allow this operation with this card as it is.'),
    next: advice.formatUnlessLost,
    nextOfFormat: advice.setFree,
  },
  {
    what: () => _('The server does not allow the password of this card to be reset.'),
    next: advice.formatUnlessLost,
  },
  { what: () => _('The connection between card and server was lost.'), next: advice.again },
  { what: () => _('The card could not be added to the server’s database.'), next: advice.again },
  { what: () => _('The server does not recognize the state of this card.'), next: advice.helpDesk },
  { what: () => _('The card was reported lost.'), next: advice.helpDesk },
  {
    what: () => _('The card was reported stolen or compromised; it cannot be used.'),
    next: advice.helpDesk,
  },
  { what: () => _('The keys cannot be restored: no earlier card was found.'), next: advice.helpDesk },
  {
    what: () => _('You already have an active card; only one is allowed.'),
    next: () => _('Use that card, or ask your help desk to withdraw it.'),
  },
  { what: () => _('The card was withdrawn for good.'), next: advice.anotherCard },
  { what: () => _('The server had an internal error while restoring keys.'), next: advice.again },
  { what: () => _('Restoring or renewing the keys failed.'), next: advice.again },
  { what: () => _('The card is reported lost; nothing can be done with it.'), next: advice.helpDesk },
  { what: () => _('The keys cannot be restored: the server does not archive keys.'), next: advice.helpDesk },
  { what: () => _('The server cannot reach its key server.'), next: advice.again },
  {
    // With external registration: no profile was found for the user.
    what: () => _('The state of the card could not be changed on the server.'),
    next: () =>
      _('Try again. If it happens again, ask your help desk: you may not be registered there for a card.'),
  },
  { what: () => _('The old certificates could not be revoked.'), next: advice.again },
  { what: () => _('The card belongs to someone else.'), next: () => _('Use your own card.') },
  { what: () => _('The server had an internal error while renewing.'), next: advice.again },
  { what: () => _('The server cannot talk to one of its parts, or to the card.'), next: advice.again },
];

export const endOpEntries: readonly Entry[] = words.map((line, code) => ({
  ...line,
  number: family + code,
  name: `END_OP ${code} ${endOpName(code)}`,
}));

/** For a code that no version of TPS is known to send. */
export const unknownEndOp: Entry = {
  number: 4999,
  name: `END_OP > ${endOpNames.length - 1}`,
  what: () => _('The server refused the operation with a code that is not known here ({code}).'),
  next: advice.again,
};
