import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { asFailure } from '../base/failure.js';
import { chainAddress } from '../desktop/chain-source.js';
import { findProfiles, profileTitle, type Profile } from '../desktop/profiles.js';
import { lookAt, register, unregister, type ProfileState } from '../desktop/registration.js';
import { stateText } from '../desktop/words.js';
import { isSandboxed } from '../io/sandbox.js';
import { _, fill } from '../io/text.js';
import { keepFocus } from './announce.js';
import { ByHand } from './by-hand.js';
import { ChainGroup } from './chain-group.js';
import { closeByKeys } from './close-keys.js';
import { tellFailure } from './failure-dialog.js';
import { ModuleGroup } from './module-group.js';
import { setUpP11Kit, showP11Kit } from './p11-kit-row.js';
import type { Token } from '../tokens/token.js';
import type { TrustedServers } from '../tokens/trusted-servers.js';
import { SwitchRow } from './switch-row.js';
import { toast } from './toast.js';
import { wrapWindowTitle } from './wrap-title.js';

/** Which programs use the card, and what they trust its issuer for. */
export class BrowsersWindow extends Adw.Window {
  static {
    GObject.type_ensure(ModuleGroup.$gtype);
    GObject.registerClass(
      {
        GTypeName: 'EscBrowsersWindow',
        Template: 'resource:///io/github/escproject/Esc/ui/browsers-window.ui',
        InternalChildren: [
          'header',
          'look_again',
          'toasts',
          'page',
          'sandboxed',
          'modules',
          'programs',
          'no_profiles',
          'others',
          'manual',
          'by_hand',
        ],
      },
      this,
    );
  }

  declare private _header: Adw.HeaderBar;
  declare private _look_again: Gtk.Button;
  declare private _toasts: Adw.ToastOverlay;
  declare private _page: Adw.PreferencesPage;
  declare private _sandboxed: Adw.PreferencesGroup;
  declare private _modules: ModuleGroup;
  declare private _programs: Adw.PreferencesGroup;
  declare private _no_profiles: Adw.ActionRow;
  declare private _others: Adw.PreferencesGroup;
  declare private _manual: Adw.PreferencesGroup;
  declare private _by_hand: Adw.ExpanderRow;

  /** By folder; p11-kit's is ''. */
  private readonly rows = new Map<string, SwitchRow>();
  private readonly steps = new ByHand(text => {
    this.get_clipboard().set(text);
    toast(this._toasts, _('Copied'));
  });
  private chainUrl = '';
  private readonly chain: ChainGroup;
  private working = false;

  /** @param follow has the issuer of a card proposed to be trusted, whenever there is another one. Returns its end */
  public constructor(
    parent: Gtk.Window,
    trusted: TrustedServers,
    follow: (propose: (token: Token) => void) => () => void,
  ) {
    super({ transient_for: parent });
    wrapWindowTitle(this._header);
    this.chain = new ChainGroup(trusted);
    // What is done by hand comes last.
    this._page.remove(this._manual);
    this._page.add(this.chain);
    this._page.add(this._manual);
    this._look_again.connect('clicked', () => this.look());
    this._modules.connect('changed', () => this.showModule());
    // Whoever closed a browser in between finds it closed here.
    this.connect('notify::is-active', () => {
      if (this.is_active && !this.working && !this._sandboxed.visible) this.look();
    });
    closeByKeys(this);
    const sandboxed = isSandboxed();
    for (const group of [this._modules, this._programs, this._others, this.chain, this._manual])
      group.visible = !sandboxed;
    this._look_again.visible = !sandboxed;
    this._sandboxed.visible = sandboxed;
    for (const row of this.steps.rows)
      if (sandboxed) this._sandboxed.add(row);
      else this._by_hand.add_row(row);
    if (!sandboxed) this.look();
    const unfollow = follow(token => this.propose(token));
    this.connect('close-request', () => {
      unfollow();
      return false;
    });
  }

  private propose({ phoneHome: { profile, tpsUrl } }: Token): void {
    const address = chainAddress(profile?.caChainUrl ?? '', tpsUrl);
    if (address === undefined) return;
    this.chain.propose(address);
    this.chainUrl = address.url;
    this.showSteps();
  }

  private showSteps(): void {
    this.steps.show(this._modules.module, this.chainUrl);
  }

  private look(): void {
    this._modules.look();
    this.lookForProfiles();
  }

  private showModule(): void {
    this.showP11Kit();
    this.showSteps();
  }

  private lookForProfiles(): void {
    const profiles = findProfiles();
    this._no_profiles.visible = profiles.length === 0;
    const gone = new Set(this.rows.keys());
    for (const profile of profiles) {
      gone.delete(profile.folder);
      this.showProfile(profile);
    }
    this.chain.setProfiles(profiles);
    gone.delete('');
    for (const folder of gone) {
      const row = this.rows.get(folder);
      if (row !== undefined) this._programs.remove(row);
      this.rows.delete(folder);
    }
    this.showP11Kit();
  }

  private rowFor(folder: string, title: string, switched: (on: boolean) => Promise<void> | void): SwitchRow {
    const known = this.rows.get(folder);
    if (known !== undefined) return known;
    const row = new SwitchRow(title);
    row.connect('switched', () => void this.change(row, folder, switched));
    this.rows.set(folder, row);
    (folder === '' ? this._others : this._programs).add(row);
    return row;
  }

  private showProfile(profile: Profile): void {
    const row = this.rowFor(profile.folder, profileTitle(profile), on => this.setUp(profile, on));
    const state = lookAt(profile, this._modules.modules);
    row.tooltip_text = profile.folder;
    row.show_state(isOn(state), this.isChangeable(state), stateText(state));
  }

  private isChangeable({ profile, open, direct, byP11Kit }: ProfileState): boolean {
    if (profile.sandbox !== undefined || open) return false;
    return direct.length > 0 || (!byP11Kit && this._modules.module !== undefined);
  }

  private showP11Kit(): void {
    const row = this.rowFor('', _('Other Programs (p11-kit)'), on => setUpP11Kit(on, this._modules.module));
    showP11Kit(row, this._modules);
  }

  private async setUp(profile: Profile, on: boolean): Promise<void> {
    const { module, modules } = this._modules;
    if (on && module !== undefined) await register(profile, module);
    else for (const entry of lookAt(profile, modules).direct) await unregister(profile, entry);
  }

  private async change(
    row: SwitchRow,
    folder: string,
    work: (on: boolean) => Promise<void> | void,
  ): Promise<void> {
    if (this.working) return;
    this.working = true;
    const giveBackFocus = keepFocus(this);
    row.sensitive = false;
    const on = row.wanted;
    let said = '';
    try {
      await work(on);
      said = folder === '' ? othersText(on) : programText(on, row.title);
    } catch (error) {
      void tellFailure(this._toasts, asFailure(error));
    } finally {
      this.working = false;
      row.sensitive = true;
      this.look();
      giveBackFocus();
    }
    if (said !== '') toast(this._toasts, said);
  }
}

function programText(on: boolean, program: string): string {
  const text = on ? _('{program} uses the card from its next start') : _('{program} no longer uses the card');
  return fill(text, { program });
}

/** The programs that go by p11-kit. */
function othersText(on: boolean): string {
  return on
    ? _('Other programs use the card from their next start')
    : _('Other programs no longer use the card');
}

function isOn({ direct, byP11Kit }: ProfileState): boolean {
  return direct.length > 0 || byP11Kit;
}
