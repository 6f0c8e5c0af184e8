import { openInBrowser } from '../io/browser.js';
import type { PhoneHomeCache } from '../tokens/phone-home-cache.js';
import type { Settings } from '../tokens/settings.js';
import type { Token } from '../tokens/token.js';
import type { WindowDoor } from './window-door.js';

interface Parts {
  readonly settings: Settings;
  readonly cache: PhoneHomeCache;
  readonly door: WindowDoor;
}

/**
 * Opens EnrolledTokenBrowserURL for a card that was put in enrolled, if the user has allowed it for this card. A window
 * that runs does that itself. Only what is remembered counts: nothing is fetched here, and nobody is asked.
 */
export async function openIssuerPage(token: Token, { settings, cache, door }: Parts): Promise<void> {
  const url = token.phoneHome.profile?.issuerPageUrl ?? '';
  if (url === '' || token.summary?.status !== 'ENROLLED') return;
  if (!settings.opensIssuerPages || cache.issuerPage(token.cuid) !== 'open') return;
  if (!(await door.isOpen())) openInBrowser(url);
}
