import type { Registry } from './registry.js';
import type { Token } from './token.js';

/** Calls `look` for each card that is in: at once, and whenever anything of it has changed. @returns ends it */
export function eachCard(registry: Registry, look: (token: Token) => void): () => void {
  const handlers = new Map<Token, number>();
  const forget = (token: Token, handler: number): void => {
    token.disconnect(handler);
    handlers.delete(token);
  };
  const update = (): void => {
    for (const [token, handler] of [...handlers]) if (token.gone) forget(token, handler);
    for (const token of registry.list()) {
      if (handlers.has(token)) continue;
      const changed = (): void => look(token);
      handlers.set(token, token.connect('changed', changed));
      look(token);
    }
  };
  const unsubscribe = registry.onChange(update);
  update();
  return () => {
    unsubscribe();
    for (const [token, handler] of [...handlers]) forget(token, handler);
  };
}
