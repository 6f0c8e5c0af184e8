import { readCard } from '../card/card-summary.js';
import type { CardService } from '../pcsc/types.js';
import type { Token } from './token.js';

/**
 * What kind of card it is and its status, without its certificates: for a program that has to stay small.
 * @throws Failure as readToken
 */
export async function readShortly(cards: CardService, token: Token): Promise<void> {
  const connection = await cards.connect(token.reader, 'shared');
  try {
    const summary = await connection.transaction(() => readCard(connection));
    token.learn({ kind: 'read', summary });
  } finally {
    await connection.disconnect();
  }
}
