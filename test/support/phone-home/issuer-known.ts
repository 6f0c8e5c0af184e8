import type { Token } from '../../../src/tokens/token.js';

/** Waits until Phone Home has told of a card, or what is remembered of it shows. @throws Failure why it has not */
export function issuerKnown(token: Token): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { profile, failure, fetching } = token.phoneHome;
      if (failure !== undefined) reject(failure);
      else if (profile !== undefined && !fetching) resolve();
    };
    token.connect('changed', look);
    look();
  });
}
