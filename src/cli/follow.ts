import type { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import type { Operation, OperationEnd, WorkKind } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import type { Context } from './commands/command.js';
import type { ProgressDisplay } from './progress-line.js';

/**
 * Works on a card, unless that makes no sense, to its end.
 * @param prepare finds out what is needed, once it is sure that the work makes sense
 * @param start begins the work with that
 */
export async function work<T>(
  { model, interruption }: Context,
  token: Token,
  kind: WorkKind,
  display: ProgressDisplay,
  prepare: () => Promise<T>,
  start: (prepared: T) => Operation,
): Promise<OperationEnd> {
  const refusal = model.operator.refusal(token, kind);
  if (refusal !== undefined) return { failure: refusal, cardTouched: false };
  let prepared: T;
  try {
    prepared = await prepare();
  } catch (error) {
    return { failure: asFailure(error), cardTouched: false };
  }
  return follow(start(prepared), token, display, interruption);
}

/** Shows how far the work on a card is, and cancels it when it is interrupted. @returns how it ended */
async function follow(
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
