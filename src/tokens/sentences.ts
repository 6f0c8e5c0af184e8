import type { Failure } from '../base/failure.js';
import { explain } from './failures/catalogue.js';

export { explain, type Explanation } from './failures/catalogue.js';

/** The explanation on one line, for terminals and logs. */
export function explainInline(failure: Failure): string {
  const { what, next } = explain(failure);
  return `${what} ${next}`;
}
