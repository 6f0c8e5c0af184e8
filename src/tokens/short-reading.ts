import { readCard } from '../card/card-summary.js';
import type { Reading } from './reading.js';

/** What kind of card it is and its status, without its certificates: for a program that has to stay small. */
export const readShortly: Reading = async (cards, token) => {
  const connection = await cards.connect(token.reader, 'shared');
  try {
    const summary = await connection.transaction(() => readCard(connection));
    token.learn({ kind: 'read', summary });
  } finally {
    await connection.disconnect();
  }
};
