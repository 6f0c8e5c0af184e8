import { _ } from '../io/text.js';
import type { OperationEnd, WorkKind } from './operation.js';
import type { Token } from './token.js';

/** What an operation that failed has left of its card; empty where that is nothing that a person should know. */
export function leftBehind(token: Token, kind: WorkKind, end: OperationEnd): string {
  const { failure, cardTouched } = end;
  if (failure === undefined || !cardTouched) return '';
  if (cannotBeAsked(token)) return doubtAbout(token, kind, end);
  if (token.needsFormat) return _('The card is unfinished now: format it, then enroll it.');
  return token.status === 'UNINITIALIZED' ? _('The card is formatted now and not enrolled.') : '';
}

/**
 * The same where the card cannot tell by itself any more, being gone or silent. A password reset that was cut off leaves
 * an enrolled card.
 */
export function doubtAbout(token: Token, kind: WorkKind, { failure, cardTouched }: OperationEnd): string {
  const wasRewritten = cardTouched && (kind === 'format' || kind === 'enroll');
  if (failure === undefined || !wasRewritten || !cannotBeAsked(token)) return '';
  return _('The card may be unfinished. Format it, then enroll it again.');
}

function cannotBeAsked(token: Token): boolean {
  return token.gone || token.summary === undefined;
}
