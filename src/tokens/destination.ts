import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import { UntrustedServer } from '../base/untrusted-server.js';
import { parseTpsUrl, type TpsUrl } from '../protocol/url.js';
import { CautiousPrompter } from './cautious-prompter.js';
import type { TrustingPrompter } from './operation-prompter.js';
import type { PatientPrompter } from './patient-prompter.js';
import type { PhoneHome } from './phone-home.js';
import type { PhoneHomeState } from './phone-home-state.js';
import { PlainHttp } from './plain-http.js';
import type { Settings } from './settings.js';
import type { Token } from './token.js';

export interface OperationOptions {
  /** Instead of the settings' TPS. */
  readonly tpsUrl?: string;
  readonly tokenType?: string;
}

/** Where conversations go, and the profile that they ask for. */
export interface Destination {
  readonly tps: TpsUrl;
  readonly tokenType: string;
  readonly prompter: TrustingPrompter;
}

/** For which card, as asked for by whom. */
interface Asked {
  readonly token: Token;
  readonly prompter: PatientPrompter;
  readonly options: OperationOptions;
  readonly cancellation: Cancellation;
}

/** A failure to find out the server leads to where that is set. */
const fromPhoneHome = { step: 'phone-home' };

/** Finds out where the conversations about a card go. */
export class Destinations {
  private readonly plainHttp: PlainHttp;

  public constructor(
    private readonly settings: Settings,
    private readonly phoneHome: Pick<PhoneHome, 'stateFor'>,
  ) {
    this.plainHttp = new PlainHttp(settings.store);
  }

  /**
   * What was asked for, else what Phone Home says of the card, else what is set for all.
   * @throws Failure `no-server-url`, or why Phone Home did not tell it
   */
  public async of(asked: Asked): Promise<Destination> {
    const { settings } = this;
    const { tpsUrl, tokenType } = asked.options;
    const { profile, failure } = tpsUrl === undefined ? await this.phoneHomeOf(asked) : asked.token.phoneHome;
    const url = tpsUrl ?? (profile?.tpsUrl || settings.fallbackTpsUrl);
    if (url === '')
      throw (failure ?? new Failure('no-server-url', 'no TPS URL is known')).with(fromPhoneHome);
    const tps = parseTpsUrl(url);
    return {
      tps,
      tokenType: tokenType ?? (profile?.tokenType || settings.tokenType),
      prompter: new CautiousPrompter(asked.prompter, tps.server, this.plainHttp),
    };
  }

  /** Asked for again once the person trusts the server that tells. */
  private async phoneHomeOf(asked: Asked): Promise<PhoneHomeState> {
    for (;;) {
      const state = await this.phoneHome.stateFor(asked.token, asked.cancellation);
      const { profile, failure } = state;
      if (profile !== undefined || !(failure instanceof UntrustedServer)) return state;
      if (!(await this.trusts(failure, asked))) return state;
    }
  }

  /** Whether the server is to be trusted from now on, by the person's word. */
  public async trusts(server: UntrustedServer, { prompter, cancellation }: Asked): Promise<boolean> {
    const { trusted } = this.settings;
    const trusts = await prompter.trust(server, trusted.lockOf(server), cancellation);
    if (trusts) trusted.add(server);
    return trusts;
  }
}
