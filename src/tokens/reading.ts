import type { CardConnection, CardService } from '../pcsc/types.js';
import type { Token } from './token.js';

/** Makes a token learn what its card says. @throws Failure as CardService.connect and CardConnection.transmit */
export type Reading = (cards: CardService, token: Token) => Promise<void>;

/**
 * Reads the card within one transaction: first what says what it is, then its certificates.
 * The token shows each part as soon as it is there.
 * @param watch may give the card up while it is read; what it returns is called after that
 * @throws Failure as CardService.connect and CardConnection.transmit
 */
export async function readToken(
  cards: CardService,
  token: Token,
  watch: (connection: CardConnection) => () => void = () => () => undefined,
): Promise<void> {
  const connection = await cards.connect(token.reader, 'shared');
  const stop = watch(connection);
  try {
    // Much code, which a window without a card does without.
    const { readCard, readContents } = await import('../card/card-report.js');
    await connection.transaction(async () => {
      const summary = await readCard(connection);
      token.learn({ kind: 'read', summary });
      const contents = await readContents(connection, summary);
      token.learn({ kind: 'read', summary, contents });
    });
  } finally {
    await connection.disconnect();
    stop();
  }
}
