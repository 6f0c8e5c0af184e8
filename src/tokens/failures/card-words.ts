import { _ } from '../../io/text.js';
import { advice } from './advice.js';
import type { Words } from './entry.js';

/** What several status words mean. */
export const forCard = (what: () => string): Words => ({ what, next: advice.again });
export const notFound = forCard(() => _('What was asked for is not on the card.'));
export const memoryFailure: Words = {
  what: () => _('The memory of the card failed.'),
  next: advice.anotherCard,
};
export const noRoom: Words = {
  what: () => _('The card has not enough memory left.'),
  next: advice.formatThenEnroll,
};
export const wrongData = forCard(() => _('The card was sent data that it does not accept.'));
export const wrongParameters = forCard(() =>
  _('The card was sent a command with wrong parameters (P1, P2).'),
);
export const notNow = forCard(() => _('The card does not allow this command in its present state.'));
