import { toHex } from '../base/bytes.js';
import { readCard } from '../card/card-summary.js';
import { noPhoneHome, type PhoneHomeProfile } from './phone-home-state.js';
import type { Reading } from './reading.js';

/**
 * What kind of card it is, its status, and what is remembered of it, without its certificates: for a program that
 * has to stay small.
 * @param remembered what Phone Home told of the card of a CUID
 */
export function shortReading(remembered: (cuid: string) => PhoneHomeProfile | undefined): Reading {
  return async (cards, token) => {
    const connection = await cards.connect(token.reader, 'shared');
    try {
      const summary = await connection.transaction(() => readCard(connection));
      const profile = summary.cuid === undefined ? undefined : remembered(toHex(summary.cuid));
      if (profile !== undefined) token.setPhoneHome({ ...noPhoneHome, url: profile.url, profile });
      token.learn({ kind: 'read', summary });
    } finally {
      await connection.disconnect();
    }
  };
}
