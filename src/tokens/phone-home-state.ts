import type { Failure } from '../base/failure.js';
import type { ServiceInfo } from '../protocol/service-info.js';

/** What a Phone Home document said of one card, as it is cached. Texts are empty where it says nothing. */
export class PhoneHomeProfile {
  /**
   * @param url where it came from: the Phone Home URL, without the card's number
   * @param fetchedAt when
   */
  public constructor(
    public readonly url: string,
    private readonly info: ServiceInfo,
    public readonly fetchedAt: Date,
  ) {}

  public get issuerName(): string {
    return this.info.issuerName;
  }

  /** The server's name, for where it does not say the issuer's. */
  public get host(): string {
    return /^https?:\/\/(\[[^\]]*\]|[^/:?#]*)/i.exec(this.url)?.[1] ?? '';
  }

  /** Operation: the URL of TPS for operations. */
  public get tpsUrl(): string {
    return this.service('Operation');
  }

  /** TokenType: the profile that TPS is asked for. */
  public get tokenType(): string {
    return this.service('TokenType');
  }

  /** UI: a page for enrolling. */
  public get enrollmentUrl(): string {
    return webAddress(this.service('UI'));
  }

  /** EnrolledTokenURL: the page instead of UI for a card that is enrolled. */
  public get enrolledTokenUrl(): string {
    return webAddress(this.service('EnrolledTokenURL'));
  }

  /** EnrolledTokenBrowserURL: a page to open when the card is inserted enrolled. */
  public get issuerPageUrl(): string {
    return webAddress(this.service('EnrolledTokenBrowserURL'));
  }

  /** CAChainUI: where the chain of certificates of the CA is. */
  public get caChainUrl(): string {
    return webAddress(this.service('CAChainUI'));
  }

  /** Every element of Services that had text, by its name. */
  public get services(): ReadonlyMap<string, string> {
    return this.info.services;
  }

  private service(name: string): string {
    return this.info.services.get(name) ?? '';
  }
}

/** Only such an address is ever opened: no other program is started because a server says so. */
function webAddress(text: string): string {
  return /^https?:\/\/[^\s]+$/i.test(text) ? text : '';
}

/** What says the Phone Home URL of a card: the card itself, the settings for all cards, or the user for this card. */
export type PhoneHomeSource = 'card' | 'settings' | 'user' | 'none';

export interface PhoneHomeState {
  /** The URL that goes before others; empty when there is none. */
  readonly url: string;
  readonly source: PhoneHomeSource;
  /** Whether its document is on the way. */
  readonly fetching: boolean;
  /** What is known; its own `url` is another one while only the values of an earlier URL are known. */
  readonly profile?: PhoneHomeProfile;
  /** Why the last fetch failed; the profile then holds the values from before. */
  readonly failure?: Failure;
  /** Where this card's operations go: the profile's TPS, or the one of the settings; empty when there is none. */
  readonly tpsUrl: string;
}

/** EnrolledTokenBrowserURL; empty where the card names another issuer meanwhile than the one that is known. */
export function issuerPageOf({ url, profile }: PhoneHomeState): string {
  return profile?.url === url ? profile.issuerPageUrl : '';
}

export const noPhoneHome: PhoneHomeState = { url: '', source: 'none', fetching: false, tpsUrl: '' };
