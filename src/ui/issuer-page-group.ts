import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import { _ } from '../io/text.js';
import type { PhoneHome } from '../tokens/phone-home.js';
import type { Token } from '../tokens/token.js';
import { lockedText } from './preferences/lock.js';
import { SwitchRow } from './switch-row.js';

/** Whether the page that the issuer names for enrolled cards opens when this one is inserted: to see, and to change. */
export class IssuerPageGroup extends Adw.PreferencesGroup {
  static {
    GObject.registerClass({ GTypeName: 'EscIssuerPageGroup' }, this);
  }

  private readonly row = new SwitchRow(_('Open Page When Inserted'));

  public constructor(
    private readonly phoneHome: PhoneHome,
    private readonly token: Token,
  ) {
    super();
    this.add(this.row);
    this.row.connect('switched', () => {
      phoneHome.cache.setIssuerPage(token.cuid, this.row.wanted ? 'open' : 'never');
      this.show_choice();
    });
    this.show_choice();
  }

  public show_choice(): void {
    const { cache, settings } = this.phoneHome;
    const { phoneHome, cuid } = this.token;
    const url = phoneHome.profile?.issuerPageUrl ?? '';
    const choice = cache.issuerPage(cuid);
    const words = choice === 'ask' ? `${url}\n${_('You are asked when the card is inserted.')}` : url;
    const offWords = settings.store.is_writable('open-issuer-page')
      ? _('Pages of issuers are switched off in Preferences.')
      : lockedText();
    const { opensIssuerPages } = settings;
    this.visible = url !== '';
    this.row.show_state(
      opensIssuerPages && choice === 'open',
      opensIssuerPages,
      opensIssuerPages ? words : offWords,
    );
  }
}
