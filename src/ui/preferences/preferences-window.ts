import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import type Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import type { Settings } from '../../tokens/settings.js';
import { autostartRefusalRow } from './autostart-refusal.js';
import { plainHttpGroup } from './plain-http-group.js';
import { secondsRow, switchRow, type RowTexts } from './rows.js';
import { trustedGroup } from './trusted-group.js';
import { urlGroup } from './url-group.js';

/** What a person, or an administrator, sets. */
export class PreferencesWindow extends Adw.PreferencesWindow {
  static {
    GObject.registerClass({ GTypeName: 'EscPreferencesWindow' }, this);
  }

  public constructor(parent: Gtk.Window, settings: Settings) {
    super({
      transient_for: parent,
      search_enabled: false,
      default_width: 600,
      default_height: 640,
      width_request: 340,
      title: _('Preferences'),
    });
    const { store, trusted } = settings;
    const page = new Adw.PreferencesPage();
    const general = new Adw.PreferencesGroup({ title: _('General') });
    for (const texts of switches()) {
      general.add(switchRow(this, store, texts));
      if (texts.key === 'autostart') general.add(autostartRefusalRow(this, store));
    }
    page.add(general);
    for (const [heading, texts] of addresses()) page.add(urlGroup(this, store, heading, texts));
    const timeOuts = new Adw.PreferencesGroup({
      title: _('Time-Outs'),
      description: _('How many seconds to wait before giving up.'),
    });
    for (const texts of waits()) timeOuts.add(secondsRow(this, store, texts));
    page.add(timeOuts);
    page.add(trustedGroup(this, trusted));
    page.add(plainHttpGroup(this, store));
    this.add(page);
  }
}

function switches(): RowTexts[] {
  return [
    {
      key: 'autostart',
      title: _('Start With the Session'),
      subtitle: _('Waits in the background for a card that needs you.'),
    },
    {
      key: 'notifications',
      title: _('Notifications'),
      subtitle: _('Tells of cards, of the end of operations and of errors.'),
    },
    {
      key: 'open-issuer-page',
      title: _('Open Pages of Issuers'),
      subtitle: _('In the browser, when an enrolled card for which you have allowed it is inserted.'),
    },
    {
      key: 'hide-format',
      title: _('Hide Format'),
      subtitle: _('Does not offer to erase cards.'),
    },
  ];
}

function addresses(): [heading: string, RowTexts][] {
  return [
    [
      _('Phone Home'),
      {
        key: 'global-phone-home-url',
        title: _('Phone Home URL'),
        subtitle: _(
          'For cards that hold none themselves, such as https://pki.example.com:8443/tps/phoneHome.',
        ),
      },
    ],
    [
      _('Server for Operations (TPS)'),
      {
        key: 'fallback-tps-url',
        title: _('TPS URL'),
        subtitle: _(
          'For cards whose Phone Home information names no server, such as https://pki.example.com:8443/tps/tps.',
        ),
      },
    ],
  ];
}

function waits(): RowTexts[] {
  return [
    {
      key: 'connect-timeout',
      title: _('Connection'),
      subtitle: _('Until the server accepts it.'),
    },
    { key: 'message-timeout', title: _('Server'), subtitle: _('For one message of the server.') },
    { key: 'card-timeout', title: _('Card'), subtitle: _('For one answer of the card.') },
  ];
}
