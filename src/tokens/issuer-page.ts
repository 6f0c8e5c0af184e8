import type { PhoneHome } from './phone-home.js';
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
 * allowed it for this card, and once an insertion.
 */
export class IssuerPages {
  /** Each token is one insertion. True once it is decided what comes of it. */
  private readonly seen = new WeakMap<Token, boolean>();
  private readonly unsubscribe: () => void;

  public constructor(
    private readonly registry: Registry,
    private readonly phoneHome: PhoneHome,
    private readonly settings: Settings,
    private readonly actions: IssuerPageActions,
  ) {
    this.unsubscribe = registry.onChange(() => this.update());
    this.update();
  }

  public close(): void {
    this.unsubscribe();
  }

  private update(): void {
    for (const token of this.registry.list()) {
      if (this.seen.has(token)) continue;
      this.seen.set(token, false);
      token.connect('changed', () => this.look(token));
      this.look(token);
    }
  }

  private look(token: Token): void {
    const { summary, phoneHome } = token;
    if (this.seen.get(token) === true || token.gone || summary === undefined) return;
    // A card that is enrolled while it is in was not inserted enrolled.
    if (summary.status !== 'ENROLLED' || token.operation !== undefined) {
      this.seen.set(token, true);
      return;
    }
    const url = phoneHome.profile?.issuerPageUrl ?? '';
    if (url === '' || phoneHome.fetching) return;
    this.seen.set(token, true);
    if (this.settings.opensIssuerPages) void this.offer(token, url);
  }

  private async offer(token: Token, url: string): Promise<void> {
    const { cache } = this.phoneHome;
    const { cuid } = token;
    const known = cache.issuerPage(cuid);
    const choice = known === 'ask' ? await this.actions.ask(token, url) : known;
    if (choice !== 'later' && choice !== known) cache.setIssuerPage(cuid, choice);
    if (choice === 'open') this.actions.open(url);
  }
}
