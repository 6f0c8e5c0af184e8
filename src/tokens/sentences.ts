import type { Failure } from '../base/failure.js';
import { explain } from './failures/catalogue.js';

export { explain, type Explanation } from './failures/catalogue.js';

/** The explanation in one piece, for terminals and logs. */
export function explainInline(failure: Failure): string {
  const { what, next } = explain(failure);
  // Some of what happened is a list, and some is no whole sentence.
  return /^[^\n]*\p{Sentence_Terminal}$/u.test(what) ? `${what} ${next}` : `${what}\n${next}`;
}
