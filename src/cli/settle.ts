import { Failure } from '../base/failure.js';
import { _, fill } from '../io/text.js';
import type { Registry } from '../tokens/registry.js';
import type { Token } from '../tokens/token.js';
import type { Arguments } from './arguments.js';

/**
 * Waits until every card that is in has been read.
 * @throws Failure why there is no way to the cards
 */
export function settle(registry: Registry): Promise<Token[]> {
  return new Promise((resolve, reject) => {
    const handlers = new Map<Token, number>();
    const finish = (end: () => void): void => {
      unsubscribe();
      for (const [token, handler] of handlers) token.disconnect(handler);
      end();
    };
    const look = (): void => {
      const { state } = registry;
      if (state.kind === 'unavailable') {
        finish(() => reject(state.failure));
      } else if (state.kind === 'running') {
        const tokens = registry.list();
        if (tokens.every(isSettled)) finish(() => resolve(tokens));
        else
          for (const token of tokens)
            if (!handlers.has(token)) handlers.set(token, token.connect('changed', look));
      }
    };
    const unsubscribe = registry.onChange(look);
    look();
  });
}

function isSettled({ known }: Token): boolean {
  return known.kind === 'unreadable' || (known.kind === 'read' && known.contents !== undefined);
}

/** The card that --reader or --cuid names, or the only one. @throws Failure `no-such-card`, `usage` */
export function choose(tokens: readonly Token[], { reader, cuid }: Arguments): Token {
  const named = tokens.filter(
    token => (reader === undefined || token.reader === reader) && (cuid === undefined || token.cuid === cuid),
  );
  const [only, another] = named;
  if (only === undefined) throw new Failure('no-such-card', missing(tokens, reader ?? cuid));
  if (another !== undefined)
    throw new Failure(
      'usage',
      fill(_('several cards are in; name one with --reader or --cuid:{cards}'), { cards: names(named) }),
    );
  return only;
}

function missing(tokens: readonly Token[], wanted: string | undefined): string {
  if (tokens.length === 0) return _('No card is in.');
  return fill(_('There is no card “{wanted}”. These are in:{cards}'), {
    wanted: wanted ?? '',
    cards: names(tokens),
  });
}

function names(tokens: readonly Token[]): string {
  return tokens.map(token => `\n  ${token.reader}  ${token.cuid}`).join('');
}
