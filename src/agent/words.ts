import { _, fill } from '../io/text.js';
import { cardTitle, operationTitle, statusOf } from '../tokens/words.js';
import type { Token } from '../tokens/token.js';
import type { RunningOperation } from './operations.js';

/** The words of the agent. Lock screens may show them, so none of them names the holder of a card. */

/** What a card is called: by who issued it. */
export function cardName(token: Token): string {
  const unnamed = token.summary?.status === 'ENROLLED' ? _('Smart Card') : _('New Card');
  return cardTitle(token, token.issuer, unnamed);
}

/** A card and its state, on one line. */
export function cardLine(token: Token, operation: RunningOperation | undefined): string {
  const line = { card: cardName(token), state: stateOf(token, operation) };
  // Translators: a card and its state, such as “Example Corp: Enrolled” or “New Card: Formatting, 42 %”.
  return fill(_('{card}: {state}'), line);
}

/** A card's state, or how far the operation on it has come. */
function stateOf(token: Token, operation: RunningOperation | undefined): string {
  return operation === undefined ? statusOf(token) : progressOf(operation);
}

export function progressOf(operation: RunningOperation): string {
  const progress = { operation: workTitle(operation.kind), percent: percentOf(operation) };
  // Translators: progress, such as “Formatting, 42 %”.
  return fill(_('{operation}, {percent} %'), progress);
}

function percentOf({ fraction }: RunningOperation): number {
  return Math.floor(100 * fraction);
}

function workTitle(kind: string): string {
  switch (kind) {
    case 'enroll':
    case 'format':
    case 'reset-pin':
    case 'test-card':
    case 'change-password':
      return operationTitle(kind);
    default:
      return _('Working');
  }
}

export function doneTitle(kind: string): string {
  switch (kind) {
    case 'enroll':
      return _('Card Enrolled');
    case 'format':
      return _('Card Formatted');
    case 'reset-pin':
      return _('Card Password Reset');
    case 'test-card':
      return _('Card Tested');
    case 'change-password':
      return _('Card Password Changed');
    default:
      return _('Card Operation Finished');
  }
}

export function failedTitle(kind: string): string {
  switch (kind) {
    case 'enroll':
      return _('Card Not Enrolled');
    case 'format':
      return _('Card Not Formatted');
    case 'reset-pin':
      return _('Card Password Not Reset');
    case 'test-card':
      return _('Card Test Failed');
    case 'change-password':
      return _('Card Password Not Changed');
    default:
      return _('Card Operation Failed');
  }
}

/** Why there is no way to any card. */
export function serviceTrouble(code: string): string {
  switch (code) {
    case 'pcscd-absent':
      return _('The smart card service (pcscd) is not running.');
    case 'pcscd-refused':
      return _('The smart card service (pcscd) does not let you use it.');
    case 'pcscd-stopped':
      return _('The smart card service (pcscd) has stopped.');
    default:
      return _('Smart cards cannot be reached.');
  }
}
