import Adw from 'gi://Adw';
import { Cancellation } from '../base/cancellation.js';
import { addAction } from '../io/action.js';
import { openInBrowser } from '../io/browser.js';
import { _, fill } from '../io/text.js';
import { eachCard } from '../tokens/each-card.js';
import { IssuerPages } from '../tokens/issuer-page.js';
import { phonesHome, type PhoneHome } from '../tokens/phone-home.js';
import type { Registry } from '../tokens/registry.js';
import type { Settings } from '../tokens/settings.js';
import type { Token } from '../tokens/token.js';
import { ask } from './ask.js';
import { scrolledBody } from './scrolled-body.js';
import { issuerOf } from './words.js';

interface Parts {
  readonly registry: Registry;
  readonly phoneHome: PhoneHome;
  readonly settings: Settings;
}

/** What the window does for Phone Home: its actions, the dialog that opens by itself, the issuer's page. */
export class PhoneHomeControl {
  private readonly cleanups: (() => void)[];
  private dialogIsOpen = false;
  private dialogIsWanted = false;

  public constructor(
    private readonly window: Adw.ApplicationWindow,
    private readonly parts: Parts,
    private readonly selected: () => Token | undefined,
  ) {
    addAction(window, 'phone-home', () => this.open());
    addAction(window, 'phone-home-for-all', () => this.openDialog());
    addAction(window, 'enrollment-page', () => {
      const url = enrollmentPageOf(this.selected());
      if (url !== '') openInBrowser(url);
    });
    const { registry, phoneHome, settings } = parts;
    const pages = new IssuerPages(registry, phoneHome, settings, {
      open: openInBrowser,
      ask: (token, url) => this.askForPage(token, url),
    });
    this.cleanups = [
      registry.onChange(() => this.openWhenKnown()),
      eachCard(registry, token => {
        this.openWhenKnown();
        this.offer(token);
      }),
      () => pages.close(),
    ];
  }

  public close(): void {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
  }

  /** For the selected card, or for all cards when there is none: once it is known which card that is. */
  public open(): void {
    this.dialogIsWanted = true;
    this.openWhenKnown();
  }

  private openWhenKnown(): void {
    const token = this.selected();
    if (!this.dialogIsWanted || this.parts.registry.state.kind === 'starting') return;
    if (token?.known.kind === 'reading') return;
    this.dialogIsWanted = false;
    this.openDialog(token !== undefined && phonesHome(token) ? token : undefined);
  }

  private openDialog(token?: Token): void {
    if (!this.dialogIsOpen) void this.showDialog(token);
  }

  private async showDialog(token?: Token): Promise<void> {
    this.dialogIsOpen = true;
    const { PhoneHomeDialog } = await import('./phone-home-dialog.js');
    const dialog = new PhoneHomeDialog(this.window, this.parts.phoneHome, token);
    dialog.connect('close-request', () => {
      this.dialogIsOpen = false;
      return false;
    });
    dialog.present();
  }

  /** Asks for the URL of a card for which no server is known: by itself once in the life of a card. */
  private offer(token: Token): void {
    const { cache } = this.parts.phoneHome;
    const { summary, contents, phoneHome, operation } = token;
    if (this.dialogIsOpen || token.gone || operation !== undefined || contents === undefined) return;
    if (!phonesHome(token) || summary?.status === 'ENROLLED') return;
    if (phoneHome.url !== '' || phoneHome.tpsUrl !== '' || cache.wasAskedForUrl(token.cuid)) return;
    cache.setAskedForUrl(token.cuid);
    this.openDialog(token);
  }

  private async askForPage(token: Token, url: string): Promise<'open' | 'never' | 'later'> {
    const question = fill(
      _(
        '{issuer} has a page for this card: {url}\n\nShould it open in your browser whenever you insert this card?',
      ),
      { issuer: issuerOf(token), url },
    );
    const dialog = new Adw.MessageDialog({
      transient_for: this.window,
      modal: true,
      heading: _('Open the Issuer’s Page?'),
      extra_child: scrolledBody(question),
    });
    dialog.add_response('never', _('Never for This Card'));
    dialog.add_response('open', _('Open'));
    dialog.default_response = 'open';
    dialog.close_response = 'later';
    const gone = new Cancellation();
    const handler = token.connect('changed', () => {
      if (token.gone) gone.cancel();
    });
    const response = await ask(dialog, gone);
    token.disconnect(handler);
    return response === 'open' || response === 'never' ? response : 'later';
  }
}

/** UI, or EnrolledTokenURL for a card that is enrolled; empty where there is none. */
export function enrollmentPageOf(token: Token | undefined): string {
  const profile = token?.phoneHome.profile;
  if (profile === undefined) return '';
  return token?.summary?.status === 'ENROLLED'
    ? profile.enrolledTokenUrl || profile.enrollmentUrl
    : profile.enrollmentUrl;
}
