import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { asFailure, Failure } from '../base/failure.js';
import type { ChainLink } from '../desktop/ca-chain.js';
import { loadChain, type ChainAddress } from '../desktop/chain-source.js';
import { isOpen } from '../desktop/profile-lock.js';
import { profileTitle, type Profile } from '../desktop/profiles.js';
import { distrustChain, trustChain, trustIn, type Trust } from '../desktop/trust.js';
import { trustText } from '../desktop/words.js';
import { _, fill } from '../io/text.js';
import type { TrustedServers } from '../tokens/trusted-servers.js';
import { announce, keepFocus } from './announce.js';
import { ChainAddressRow } from './chain-address-row.js';
import { chainRow } from './chain-row.js';
import { CheckRow } from './check-row.js';
import { tellFailure } from './failure-dialog.js';
import { askPrimaryPassword } from './primary-password-dialog.js';
import { withTrust } from './trust-dialog.js';
import { wrapTitle } from './wrap-title.js';

/** The chain of the CA that issued the card: fetched, shown, and trusted for what is ticked. */
export class ChainGroup extends Adw.PreferencesGroup {
  static {
    GObject.registerClass({ GTypeName: 'EscChainGroup' }, this);
  }

  private readonly address = new ChainAddressRow();
  /** Nothing is trusted for more than was ticked by hand, for this chain. */
  private readonly web = new CheckRow(_('Web Sites'), false);
  private readonly mail = new CheckRow(_('Mail'), false);
  private readonly trust_button = button(_('Trust'), ['suggested-action']);
  private readonly remove_button = button(_('Remove'), []);
  private readonly buttons = new Adw.ActionRow({
    title: _('Compare the fingerprints before you trust'),
    title_lines: 0,
  });

  private readonly guess = guessRow();

  private running = false;
  private proposed = '';
  private chain: readonly ChainLink[] = [];
  private profiles: readonly Profile[] = [];
  /** What is shown of the chain, in the order of the rows. */
  private rows: Gtk.Widget[] = [];
  private ticks = new Map<string, CheckRow>();

  /** @param trusted servers, one of which has the chain */
  public constructor(private readonly trusted: TrustedServers) {
    super({
      title: _('Certification Authority'),
      description: _(
        'Once you trust the authority that issued your card, web sites and mail of your organization are trusted, too.',
      ),
    });
    wrapTitle(this);
    this.address.connect('wanted', () => void this.run(() => this.load(), true));
    this.add(this.address);
    this.guess.visible = false;
    this.add(this.guess);
    for (const each of [this.remove_button, this.trust_button]) this.buttons.add_suffix(each);
    this.trust_button.connect('clicked', () => void this.run(() => this.trust()));
    this.remove_button.connect('clicked', () => void this.run(() => this.remove_trust()));
    for (const tick of [this.web, this.mail]) tick.connect('toggled', () => this.updateButtons());
  }

  /** What the person has typed, or has had shown, stays. */
  public propose({ url, isGuess }: ChainAddress): void {
    if (this.running || this.chain.length > 0 || this.address.text !== this.proposed) return;
    this.proposed = url;
    this.address.text = url;
    this.guess.visible = isGuess;
  }

  /** @param profiles that may trust it, besides those in a sandbox */
  public setProfiles(profiles: readonly Profile[]): void {
    this.profiles = profiles.filter(({ sandbox }) => sandbox === undefined);
    if (this.chain.length > 0) void this.run(() => this.showChain().then(() => ''));
  }

  private async load(): Promise<string> {
    this.chain = [];
    this.web.active = this.mail.active = false;
    this.clear();
    const { trusted, window } = this;
    const place = this.address.text.trim();
    this.chain = await this.address.during(cancellation =>
      withTrust(window, trusted, () => loadChain(place, trusted.current(), cancellation), cancellation),
    );
    await this.showChain();
    return this.buttons.title;
  }

  private clear(): void {
    for (const row of this.rows) super.remove(row);
    this.rows = [];
  }

  private async showChain(): Promise<void> {
    const top = this.chain.find(({ isTop }) => isTop)?.certificate;
    if (top === undefined) return;
    const before = this.ticks;
    this.ticks = new Map();
    for (const profile of this.profiles) {
      const title = fill(_('In {profile}'), { profile: profileTitle(profile) });
      const row = new CheckRow(title, before.get(profile.folder)?.active ?? true);
      const open = isOpen(profile);
      row.subtitle = [
        trustText(await trustIn(profile, top)),
        open ? _('open now: close it to change this') : '',
      ]
        .filter(part => part !== '')
        .join(' · ');
      row.sensitive = !open;
      row.connect('toggled', () => this.updateButtons());
      this.ticks.set(profile.folder, row);
    }
    const rows = [...this.chain.map(chainRow), this.web, this.mail, ...this.ticks.values(), this.buttons];
    this.clear();
    for (const row of rows) this.add(row);
    this.rows = rows;
    this.updateButtons();
  }

  private get chosen(): readonly Profile[] {
    return this.profiles.filter(({ folder }) => {
      const tick = this.ticks.get(folder);
      return tick?.active === true && tick.sensitive;
    });
  }

  private updateButtons(): void {
    const some = this.chosen.length > 0;
    const fit = !this.chain.some(({ faults }) => faults.includes('not-a-ca'));
    this.trust_button.sensitive = some && fit && (this.web.active || this.mail.active);
    this.remove_button.sensitive = some;
  }

  private async trust(): Promise<string> {
    const wanted = { web: this.web.active, mail: this.mail.active };
    try {
      for (const profile of this.chosen) {
        await this.trustIn(profile, wanted, '');
      }
    } finally {
      await this.showChain();
    }
    return this.states;
  }

  /** Asks for the primary password until it is right or the person gives up. */
  private async trustIn(profile: Profile, wanted: Trust, password: string): Promise<void> {
    try {
      await trustChain(profile, this.chain, wanted, password);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'primary-password') throw error;
      const typed = await askPrimaryPassword(this.window, profileTitle(profile));
      if (typed !== undefined) await this.trustIn(profile, wanted, typed);
    }
  }

  private async remove_trust(): Promise<string> {
    try {
      for (const profile of this.chosen) await distrustChain(profile, this.chain);
    } finally {
      await this.showChain();
    }
    return this.states;
  }

  /** How each profile stands to the chain. */
  private get states(): string {
    return [...this.ticks.values()].map(({ title, subtitle }) => `${title}: ${subtitle}`).join('\n');
  }

  private get window(): Gtk.Window {
    const { root } = this;
    if (root instanceof Gtk.Window) return root;
    throw new Failure('internal', 'the group is in no window');
  }

  private get toasts(): Adw.ToastOverlay {
    return this.get_ancestor(Adw.ToastOverlay.$gtype) as Adw.ToastOverlay;
  }

  /**
   * One after another: nothing can be pressed while something runs that cannot be called off.
   * @param work returns what a screen reader says
   */
  private async run(work: () => Promise<string>, canBeCalledOff = false): Promise<void> {
    if (this.running) return;
    this.running = true;
    const giveBackFocus = keepFocus(this);
    this.sensitive = canBeCalledOff;
    let said = '';
    try {
      said = await work();
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'cancelled') void tellFailure(this.toasts, failure);
    } finally {
      this.running = false;
      this.sensitive = true;
      giveBackFocus();
    }
    if (said !== '') announce(this.get_root()?.get_focus() ?? this, said);
  }
}

function guessRow(): Adw.ActionRow {
  return new Adw.ActionRow({
    title: _('The address is the usual one on the server of your card. Check it before you go on.'),
    title_lines: 0,
  });
}

function button(label: string, classes: string[]): Gtk.Button {
  return new Gtk.Button({ label, valign: Gtk.Align.CENTER, css_classes: classes });
}
