import { Cancellation } from '../base/cancellation.js';
import { openInBrowser } from '../io/browser.js';
import { _, fill } from '../io/text.js';
import type { PhoneHome } from '../tokens/phone-home.js';
import { issuerPageOf } from '../tokens/phone-home-state.js';
import type { Token } from '../tokens/token.js';
import type { Notice } from './notices.js';
import type { WindowDoor } from './window-door.js';
import { cardName } from './words.js';

/**
 * EnrolledTokenBrowserURL, for a card that was put in enrolled: opens it if the user has allowed it for this card, and
 * asks where nobody has decided. A window that runs does that itself.
 */
export class IssuerPage {
  public constructor(
    private readonly phoneHome: PhoneHome,
    private readonly door: WindowDoor,
  ) {}

  /** @returns the question, if there is one */
  public async open(token: Token): Promise<Notice | undefined> {
    const { cache, settings } = this.phoneHome;
    const url = issuerPageOf(token.phoneHome);
    if (url === '' || token.gone || !settings.opensIssuerPages) return undefined;
    const choice = cache.issuerPage(token.cuid);
    if (choice === 'never' || (await this.door.isOpen())) return undefined;
    if (choice === 'ask') return question(token, url);
    openInBrowser(url);
    return undefined;
  }

  /** What the user has answered to the question. */
  public decide(cuid: string, choice: 'open' | 'never'): void {
    const { cache } = this.phoneHome;
    cache.setIssuerPage(cuid, choice);
    const url = cache.profile(cuid)?.issuerPageUrl ?? '';
    if (choice === 'open' && url !== '') openInBrowser(url);
  }
}

/** Asks Phone Home of a card where that is not known, without a word. */
export async function lookUp(token: Token, phoneHome: PhoneHome): Promise<void> {
  try {
    await phoneHome.stateFor(token, new Cancellation());
  } catch {
    // The card is gone.
  }
}

function question(token: Token, url: string): Notice {
  const { cuid } = token;
  const body = fill(_('{issuer} has a page for this card: {url}'), { issuer: cardName(token), url });
  return {
    title: _('Open the Issuer’s Page?'),
    body,
    cuid,
    life: 'long',
    answers: [
      { label: _('Open'), action: 'app.open-issuer-page' },
      { label: _('Never for This Card'), action: 'app.never-open-issuer-page' },
    ],
  };
}
