import type { Token } from '../token.js';

/** Addresses that belong to a card; '' where there is none. */
export interface CardUrls {
  /** As it stands on the card. */
  readonly phoneHomeUrlOnCard: string;
  /** The one in use: the card's, or the one that is set instead of it. */
  readonly phoneHomeUrl: string;
  readonly tpsUrl: string;
  /** The enrollment form. */
  readonly enrollmentUrl: string;
}

export function urlsOf({ summary, phoneHome }: Token): CardUrls {
  const { url, tpsUrl, profile } = phoneHome;
  return {
    phoneHomeUrlOnCard: summary?.issuerUrl ?? '',
    phoneHomeUrl: url,
    tpsUrl,
    enrollmentUrl: profile?.enrollmentUrl ?? '',
  };
}
