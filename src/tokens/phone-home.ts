import type { Failure } from '../base/failure.js';
import { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import { UntrustedServer } from '../base/untrusted-server.js';
import { waitFor } from '../base/waiting.js';
import type { CardSummary } from '../card/card-report.js';
import { parseTpsUrl, serverName } from '../protocol/url.js';
import type { PhoneHomeCache } from './phone-home-cache.js';
import { PhoneHomeProfile, type PhoneHomeSource, type PhoneHomeState } from './phone-home-state.js';
import type { Registry } from './registry.js';
import type { Settings } from './settings.js';
import type { Token } from './token.js';

/** `on-insertion`: what is not cached is fetched by itself; `on-demand`: only when it is asked for. */
export type FetchTime = 'on-insertion' | 'on-demand';

interface Fetch {
  readonly cancellation: Cancellation;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

interface Watch {
  readonly handler: number;
  summary: CardSummary | undefined;
  fetch: Fetch | undefined;
}

/** The settings that decide where Phone Home information and operations come from. */
const settingsThatMatter = ['global-phone-home-url', 'ignore-card-phone-home-url', 'fallback-tps-url'];

/**
 * Phone Home: leads from each card that is in to the document about it, and keeps what that said.
 * Tokens show it in their `phoneHome`.
 */
export class PhoneHome {
  private readonly watches = new Map<Token, Watch>();
  private readonly cleanups: (() => void)[];

  public constructor(
    private readonly registry: Registry,
    public readonly settings: Settings,
    public readonly cache: PhoneHomeCache,
    private readonly userAgent: string,
    private readonly fetchTime: FetchTime,
  ) {
    const { store } = settings;
    const handlers = settingsThatMatter.map(key => store.connect(`changed::${key}`, () => this.lookAgain()));
    this.cleanups = [
      registry.onChange(() => this.update()),
      settings.trusted.onChange(() => this.tryRefused()),
      () => {
        for (const handler of handlers) store.disconnect(handler);
      },
    ];
    this.update();
  }

  public close(): void {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
    for (const token of [...this.watches.keys()]) this.forget(token);
    this.cache.flush();
  }

  /**
   * Fetches what a URL leads to and stores nothing.
   * @param cuid of the card that it is for, if it is for one
   * @throws Failure as parseTpsUrl, fetchDocument and parseServiceInfo
   */
  public async test(url: string, cuid: string, cancellation: Cancellation): Promise<PhoneHomeProfile> {
    const { server } = parseTpsUrl(url);
    // Much code, which a card that is cached does without.
    const [{ fetchDocument }, { longestServiceInfo, parseServiceInfo, serviceInfoUrl }] = await Promise.all([
      import('../io/document.js'),
      import('../protocol/service-info.js'),
    ]);
    const address = cuid === '' ? url : serviceInfoUrl(url, cuid);
    const bytes = await fetchDocument(
      address,
      {
        limit: longestServiceInfo,
        userAgent: this.userAgent,
        trust: this.settings.trusted.current(),
      },
      cancellation,
    );
    try {
      return new PhoneHomeProfile(url, parseServiceInfo(bytes), new Date());
    } catch (error) {
      throw asFailure(error).with({ server: serverName(server) });
    }
  }

  /**
   * What is known for an operation. Waits for a fetch that is under way, and fetches where nothing is known, or only
   * what another URL led to and this one was not tried yet.
   * @throws Failure `cancelled`, or why the card is gone
   */
  public async stateFor(token: Token, cancellation: Cancellation): Promise<PhoneHomeState> {
    const watch = this.watches.get(token);
    const { url, profile, failure } = token.phoneHome;
    if (watch === undefined || url === '') return token.phoneHome;
    const isKnown = profile !== undefined && (profile.url === url || failure !== undefined);
    if (watch.fetch === undefined && !isKnown) this.fetch(token, watch);
    while (watch.fetch !== undefined) await waitFor(watch.fetch.ended, cancellation);
    if (token.loss !== undefined) throw token.loss;
    return token.phoneHome;
  }

  /**
   * Sets the URL of one card, with what it led to; an empty one takes it back. One that the card itself or the settings
   * name already is not set for the card too.
   */
  public setCardUrl(token: Token, url: string, profile?: PhoneHomeProfile): void {
    const { source } = token.phoneHome;
    const named = (source === 'card' || source === 'settings') && token.phoneHome.url === url;
    if (this.cache.ownUrl(token.cuid) !== url && !named) this.cache.setOwnUrl(token.cuid, url);
    if (profile !== undefined && this.urlFor(token).url === profile.url)
      this.cache.store(token.cuid, profile);
    this.lookAt(token);
  }

  /** The URL of all cards that have none of their own; empty when there is none. */
  public get globalUrl(): string {
    return this.settings.globalPhoneHomeUrl;
  }

  /** False where an administrator has locked it. */
  public get globalUrlIsWritable(): boolean {
    return this.settings.store.is_writable('global-phone-home-url');
  }

  /** An empty one takes it back. */
  public setGlobalUrl(url: string): void {
    this.settings.store.set_string('global-phone-home-url', url);
  }

  /** Forgets what is remembered of one card, or of all. */
  public clear(cuid?: string): void {
    if (cuid === undefined) this.cache.clearAll();
    else this.cache.clear(cuid);
    for (const [token] of this.watches)
      if (cuid === undefined || token.cuid === cuid) token.setPhoneHome(this.known(token));
  }

  private update(): void {
    for (const token of this.registry.list()) {
      if (this.watches.has(token)) continue;
      const handler = token.connect('changed', () => this.follow(token));
      this.watches.set(token, { handler, summary: undefined, fetch: undefined });
      this.follow(token);
    }
    for (const token of [...this.watches.keys()]) if (token.gone) this.forget(token);
  }

  private forget(token: Token): void {
    const watch = this.watches.get(token);
    if (watch === undefined) return;
    this.watches.delete(token);
    token.disconnect(watch.handler);
    stopFetch(watch);
    // What was written of this card is not to keep the next one waiting.
    this.settings.refresh();
  }

  private lookAgain(): void {
    for (const token of [...this.watches.keys()]) this.lookAt(token);
  }

  /** Servers that were refused may be trusted now. */
  private tryRefused(): void {
    for (const token of [...this.watches.keys()])
      if (token.phoneHome.failure instanceof UntrustedServer) this.lookAt(token);
  }

  /** A card that has been read afresh may have another URL. */
  private follow(token: Token): void {
    const watch = this.watches.get(token);
    if (watch === undefined) return;
    if (token.gone) this.forget(token);
    else if (token.summary !== undefined && token.summary !== watch.summary) {
      watch.summary = token.summary;
      this.lookAt(token);
    }
  }

  private lookAt(token: Token): void {
    const watch = this.watches.get(token);
    if (watch === undefined || !phonesHome(token)) return;
    stopFetch(watch);
    const state = this.known(token);
    if (this.fetchTime === 'on-insertion' && state.url !== '' && state.profile?.url !== state.url)
      this.fetch(token, watch);
    else token.setPhoneHome(state);
  }

  private fetch(token: Token, watch: Watch): void {
    const state = this.known(token);
    const { cuid } = token;
    const cancellation = new Cancellation();
    const run = async (): Promise<void> => {
      let failure: Failure | undefined;
      try {
        const profile = await this.test(state.url, cuid, cancellation);
        if (!cancellation.cancelled) this.cache.store(cuid, profile);
      } catch (error) {
        failure = asFailure(error);
      }
      // The card may be gone, read again, or have another URL by now.
      if (cancellation.cancelled) return;
      watch.fetch = undefined;
      token.setPhoneHome({ ...this.known(token), ...(failure === undefined ? {} : { failure }) });
    };
    watch.fetch = { cancellation, ended: run() };
    token.setPhoneHome({ ...state, fetching: true });
  }

  /** What is known without asking anybody. */
  private known(token: Token): PhoneHomeState {
    const { url, source } = this.urlFor(token);
    const profile = this.cache.profile(token.cuid);
    const tpsUrl = profile?.tpsUrl || this.settings.fallbackTpsUrl;
    return { url, source, fetching: false, tpsUrl, ...(profile === undefined ? {} : { profile }) };
  }

  /** The order of the fact sheet on Phone Home: card, settings, user. */
  private urlFor(token: Token): { readonly url: string; readonly source: PhoneHomeSource } {
    const { settings } = this;
    const onCard = settings.ignoresCardUrl ? '' : (token.summary?.issuerUrl ?? '');
    if (onCard !== '') return { url: onCard, source: 'card' };
    if (settings.globalPhoneHomeUrl !== '') return { url: settings.globalPhoneHomeUrl, source: 'settings' };
    const own = this.cache.ownUrl(token.cuid);
    return own === '' ? { url: '', source: 'none' } : { url: own, source: 'user' };
  }
}

/** Who waits for it waits no longer. */
function stopFetch(watch: Watch): void {
  watch.fetch?.cancellation.cancel();
  watch.fetch = undefined;
}

/** Cards of other systems have no use for it. */
export function phonesHome({ isManageable, cuid }: Token): boolean {
  return cuid !== '' && isManageable;
}
