import type { OperationEnd } from './operation.js';
import type { Token } from './token.js';

/** Whether the reason of a failure is over: which server issues the card was not known, and is now. */
export function isOutdated({ failure }: OperationEnd, { phoneHome }: Pick<Token, 'phoneHome'>): boolean {
  return failure?.facts.step === 'phone-home' && phoneHome.tpsUrl !== '';
}
