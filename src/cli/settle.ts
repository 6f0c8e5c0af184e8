import type { Cancellation } from '../base/cancellation.js';
import { deferred } from '../base/deferred.js';
import { Failure } from '../base/failure.js';
import { waitFor } from '../base/waiting.js';
import { showable } from '../card/text.js';
import type { Registry } from '../tokens/registry.js';
import type { Token } from '../tokens/token.js';
import { told, usage } from './told.js';

/** What --reader and --cuid say. */
export interface Choice {
  readonly reader?: string | undefined;
  readonly cuid?: string | undefined;
}

/**
 * Waits until every card that may be meant has been read; a slow card that is not meant keeps nobody waiting.
 * @throws Failure why there is no way to the cards; `cancelled`
 */
export async function settle(
  registry: Registry,
  choice: Choice,
  cancellation: Cancellation,
): Promise<Token[]> {
  const handlers = new Map<Token, number>();
  const done = deferred<Token[]>();
  const look = (): void => {
    const { state } = registry;
    const tokens = registry.list();
    if (state.kind === 'unavailable') done.reject(state.failure);
    if (state.kind === 'running' && isEnough(tokens, choice)) done.resolve(tokens);
    for (const token of tokens) if (!handlers.has(token)) handlers.set(token, token.connect('changed', look));
  };
  const unsubscribe = registry.onChange(look);
  try {
    look();
    return await waitFor(done.promise, cancellation);
  } finally {
    unsubscribe();
    for (const [token, handler] of handlers) token.disconnect(handler);
  }
}

function isEnough(tokens: readonly Token[], { reader, cuid }: Choice): boolean {
  const named = tokens.filter(token => reader === undefined || token.reader === reader);
  // Where none is, the error lists them all.
  const inQuestion = named.length > 0 ? named : tokens;
  return (
    inQuestion.every(isSettled) ||
    (cuid !== undefined && inQuestion.some(token => isSettled(token) && token.cuid === cuid))
  );
}

function isSettled({ known }: Token): boolean {
  return known.kind === 'unreadable' || (known.kind === 'read' && known.contents !== undefined);
}

/** The cards that --reader and --cuid leave; all where neither is given. */
export function matching(tokens: readonly Token[], { reader, cuid }: Choice): Token[] {
  return tokens.filter(
    token => (reader === undefined || token.reader === reader) && (cuid === undefined || token.cuid === cuid),
  );
}

/**
 * The card that --reader and --cuid name, or the only one.
 * @throws Failure `no-such-card`, `usage`; why a card cannot be read that may be the one with this CUID
 */
export function choose(tokens: readonly Token[], choice: Choice): Token {
  const named = matching(tokens, choice);
  const [only, another] = named;
  if (another !== undefined)
    throw usage('several cards are in; name one with --reader or --cuid:{cards}', { cards: names(named) });
  if (only !== undefined) return only;
  for (const { known } of matching(tokens, { ...choice, cuid: undefined }))
    if (known.kind === 'unreadable') throw known.failure;
  throw missing(tokens, choice);
}

/** That no card is in, or none that is wanted. */
export function missing(tokens: readonly Token[], { reader, cuid }: Choice): Failure {
  if (tokens.length === 0) return told('no-such-card', 'No card is in.');
  return told('no-such-card', 'There is no card “{wanted}”. These are in:{cards}', {
    wanted: [reader, cuid].filter(name => name !== undefined).join(', '),
    cards: names(tokens),
  });
}

function names(tokens: readonly Token[]): string {
  return tokens.map(token => `\n  ${showable(token.reader)}  ${token.cuid}`.trimEnd()).join('');
}
