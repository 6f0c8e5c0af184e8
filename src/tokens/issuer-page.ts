import { CardWatch, type Arrival } from './card-watch.js';
import type { PhoneHome } from './phone-home.js';
import { issuerPageOf } from './phone-home-state.js';
import type { Registry } from './registry.js';
import type { Settings } from './settings.js';
import type { Token } from './token.js';

export interface IssuerPageActions {
  open(url: string): void;
  /** For a card for which nobody has decided yet: whether its issuer's page may open whenever it is inserted. */
  ask(token: Token, url: string): Promise<'open' | 'never' | 'later'>;
}

/**
 * EnrolledTokenBrowserURL: the page that an issuer names for enrolled cards opens when one is inserted, if the user has
 * allowed it for this card, and once an insertion. A card that was in before this program started was inserted before:
 * its page may be open already, so that the user is asked for it at most.
 */
export class IssuerPages {
  private readonly cards: CardWatch;

  public constructor(
    registry: Registry,
    private readonly phoneHome: PhoneHome,
    private readonly settings: Settings,
    private readonly actions: IssuerPageActions,
  ) {
    this.cards = new CardWatch(registry, {
      arrived: (token, arrival) => this.arrived(token, arrival),
      left: () => undefined,
      changed: () => undefined,
    });
  }

  public close(): void {
    this.cards.close();
  }

  private arrived(token: Token, arrival: Arrival): void {
    // A card that is enrolled while it is in was not inserted enrolled.
    if (arrival === 'returned' || !isEnrolled(token) || this.look(token, arrival)) return;
    const handler = token.connect('changed', () => {
      if (token.gone || !isEnrolled(token) || this.look(token, arrival)) token.disconnect(handler);
    });
  }

  /** @returns whether it is decided what comes of it */
  private look(token: Token, arrival: Arrival): boolean {
    const url = issuerPageOf(token.phoneHome);
    if (url === '' || token.phoneHome.fetching) return false;
    if (this.settings.opensIssuerPages) void this.offer(token, url, arrival);
    return true;
  }

  private async offer(token: Token, url: string, arrival: Arrival): Promise<void> {
    const { cache } = this.phoneHome;
    const { cuid } = token;
    const known = cache.issuerPage(cuid);
    if (known !== 'ask') {
      if (known === 'open' && arrival === 'inserted') this.actions.open(url);
      return;
    }
    const choice = await this.actions.ask(token, url);
    if (choice === 'later') return;
    cache.setIssuerPage(cuid, choice);
    if (choice === 'open') this.actions.open(url);
  }
}

function isEnrolled({ summary, operation }: Token): boolean {
  return summary?.status === 'ENROLLED' && operation === undefined;
}
