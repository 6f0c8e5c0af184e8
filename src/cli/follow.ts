import type { Cancellation } from '../base/cancellation.js';
import type { Operation, OperationEnd } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import type { ProgressDisplay } from './progress-line.js';

/** Shows how far the work on a card is, and cancels it when it is interrupted. @returns how it ended */
export async function follow(
  operation: Operation,
  token: Token,
  display: ProgressDisplay,
  interruption: Cancellation,
): Promise<OperationEnd> {
  const handler = token.connect('changed', () => display.show(operation));
  const forget = interruption.onCancelled(() => operation.cancel());
  const end = await operation.finished;
  forget();
  token.disconnect(handler);
  display.end();
  return end;
}
