import { _, fill } from '../io/text.js';
import type { Explanation } from './sentences.js';

const askHelpDesk = (): string => _('Give the details to your help desk.');
const formatThenEnroll = (): string => _('Format the card, then enroll it again.');
const tryAgain = (): string => _('Try again. If it happens again, give the details to your help desk.');

/**
 * What the END_OP codes of TPS mean to a person, and what helps
 * (the codes: Dogtag's TPSStatus; what helps: the behaviour of TPS 10.10 with the CoolKey applet).
 */
const refusals: Readonly<Record<number, () => Explanation>> = {
  0: () => ({ what: _('The server does not support this operation.'), next: askHelpDesk() }),
  1: () => ({ what: _('The server had an internal error with this card.'), next: formatThenEnroll() }),
  2: () => ({ what: _('The server could not start a secure session with the card.'), next: tryAgain() }),
  3: () => ({ what: _('The card does not support this operation.'), next: _('Use another card.') }),
  4: () => ({ what: _('The card password could not be changed.'), next: tryAgain() }),
  5: () => ({ what: _('A certificate could not be written to the card.'), next: formatThenEnroll() }),
  6: () => ({ what: _('The enrollment could not be finished on the card.'), next: formatThenEnroll() }),
  7: () => ({ what: _('The certificates could not be put on the card.'), next: formatThenEnroll() }),
  8: () => ({ what: _('The card could not do what the server asked for.'), next: formatThenEnroll() }),
  9: () => ({ what: _('The server had an internal error.'), next: tryAgain() }),
  10: () => ({ what: _('The certificate authority refused or did not answer.'), next: tryAgain() }),
  11: () => ({ what: _('The server had an internal error.'), next: tryAgain() }),
  12: () => ({ what: _('The card password could not be set.'), next: tryAgain() }),
  13: () => ({ what: _('Secure communication with the server failed.'), next: tryAgain() }),
  14: () => ({
    what: _('The user name or password was not accepted.'),
    next: _('Try again with the right user name and password.'),
  }),
  15: () => ({ what: _('The server’s database failed.'), next: tryAgain() }),
  16: () => ({ what: _('The server does not know this card.'), next: formatThenEnroll() }),
  17: () => ({
    what: _(
      'The server and the card could not agree on a secure channel: the card’s keys are not the server’s.',
    ),
    next: _('Check that the card comes from this organisation, or give the details to your help desk.'),
  }),
  18: () => ({ what: _('The server is not set up for this card or operation.'), next: askHelpDesk() }),
  19: () => ({ what: _('The software on the card could not be replaced.'), next: formatThenEnroll() }),
  20: () => ({ what: _('The card’s keys could not be changed.'), next: tryAgain() }),
  21: () => ({ what: _('The card did not accept the server.'), next: tryAgain() }),
  22: () => ({ what: _('The server has no profile for this card.'), next: askHelpDesk() }),
  23: () => ({ what: _('The profile of this card is incomplete on the server.'), next: askHelpDesk() }),
  24: () => ({ what: _('The certificate could not be published.'), next: tryAgain() }),
  25: () => ({ what: _('The server cannot reach its directory of users.'), next: tryAgain() }),
  26: () => ({
    what: _('The server does not allow this operation with this card as it is.'),
    next: formatThenEnroll(),
  }),
  27: () => ({
    what: _('The password of this card may not be reset: the card is not active on the server.'),
    next: formatThenEnroll(),
  }),
  28: () => ({ what: _('The connection between card and server was lost.'), next: tryAgain() }),
  29: () => ({ what: _('The card could not be added to the server’s database.'), next: tryAgain() }),
  30: () => ({ what: _('The server does not recognise the state of this card.'), next: askHelpDesk() }),
  31: () => ({ what: _('The card was reported lost.'), next: askHelpDesk() }),
  32: () => ({
    what: _('The card was reported stolen or compromised; it cannot be used.'),
    next: askHelpDesk(),
  }),
  33: () => ({ what: _('The keys cannot be restored: no earlier card was found.'), next: askHelpDesk() }),
  34: () => ({
    what: _('You already have an active card; only one is allowed.'),
    next: _('Use that card, or ask your help desk to end it.'),
  }),
  35: () => ({ what: _('The card has been terminated.'), next: _('Use another card.') }),
  36: () => ({ what: _('The server had an internal error while restoring keys.'), next: tryAgain() }),
  37: () => ({ what: _('Restoring or renewing the keys failed.'), next: tryAgain() }),
  38: () => ({ what: _('The card is reported lost; nothing can be done with it.'), next: askHelpDesk() }),
  39: () => ({
    what: _('The keys cannot be restored: the server does not archive keys.'),
    next: askHelpDesk(),
  }),
  40: () => ({ what: _('The server cannot reach its key server.'), next: tryAgain() }),
  41: () => ({ what: _('The state of the card could not be changed on the server.'), next: tryAgain() }),
  42: () => ({ what: _('The old certificates could not be revoked.'), next: tryAgain() }),
  43: () => ({ what: _('The card belongs to someone else.'), next: _('Use your own card.') }),
  44: () => ({ what: _('The server had an internal error while renewing.'), next: tryAgain() }),
  45: () => ({ what: _('The server cannot talk to one of its parts, or to the card.'), next: tryAgain() }),
};

/** @param code the `message` of END_OP; undefined where the server gave none. */
export function serverRefusal(code: number | undefined): Explanation {
  const known = code === undefined ? undefined : refusals[code];
  return (
    known?.() ?? {
      what: fill(_('The server refused the operation (code {code}).'), { code: code ?? '?' }),
      next: tryAgain(),
    }
  );
}
