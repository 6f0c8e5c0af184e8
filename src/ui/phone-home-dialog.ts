import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';
import { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import { _, fill } from '../io/text.js';
import type { PhoneHome } from '../tokens/phone-home.js';
import type { PhoneHomeProfile } from '../tokens/phone-home-state.js';
import { exampleUrl, sourceText } from '../tokens/phone-home-words.js';
import type { Token } from '../tokens/token.js';
import { announce } from './announce.js';
import { closeByKeys } from './close-keys.js';
import { setEntrySensitive } from './entry-sensitive.js';
import { IssuerPageGroup } from './issuer-page-group.js';
import { lockedText } from './preferences/lock.js';
import { PhoneHomeFinding } from './phone-home-finding.js';
import { memoryButtons } from './phone-home-memory.js';
import { scrolledColumn } from './scrolled-column.js';
import { withTrust } from './trust-dialog.js';
import { wrapEntryTitle, wrapWindowTitle } from './wrap-title.js';

/**
 * Sets the Phone Home URL of one card, or without one that of all cards which name none: after a test, which shows what
 * was found or what went wrong.
 */
export class PhoneHomeDialog extends Adw.Window {
  static {
    GObject.registerClass({ GTypeName: 'EscPhoneHomeDialog' }, this);
  }

  private readonly entry = wrapEntryTitle(new Adw.EntryRow({ title: _('TPS Config URI') }));
  private readonly testButton = new Gtk.Button({ label: _('Test URL'), valign: Gtk.Align.CENTER });
  private readonly okButton = new Gtk.Button({ label: _('OK') });
  private readonly spinner = new Gtk.Spinner();
  private readonly finding = new PhoneHomeFinding();
  private tested: PhoneHomeProfile | undefined;
  private cancellation: Cancellation | undefined;
  private readonly issuerPage: IssuerPageGroup | undefined;

  public constructor(
    parent: Gtk.Window,
    private readonly phoneHome: PhoneHome,
    private readonly token?: Token,
  ) {
    super({
      transient_for: parent,
      modal: true,
      title: _('Phone Home'),
      default_width: 480,
      default_height: 520,
      width_request: 340,
      accessible_role: Gtk.AccessibleRole.DIALOG,
    });
    this.entry.text = token === undefined ? phoneHome.globalUrl : token.phoneHome.url;
    if (token !== undefined) this.issuerPage = new IssuerPageGroup(phoneHome, token);
    this.content = this.layOut();
    this.entry.connect('changed', () => this.showNothing());
    this.entry.connect('entry-activated', () => void this.accept());
    this.testButton.connect('clicked', () => void this.test());
    this.okButton.connect('clicked', () => void this.accept());
    const handler = token?.connect('changed', () => {
      if (token.gone) this.close();
      else this.issuerPage?.show_choice();
    });
    this.connect('close-request', () => {
      this.cancellation?.cancel();
      if (handler !== undefined) token?.disconnect(handler);
      return false;
    });
    if (this.isLocked) {
      setEntrySensitive(this.entry, false);
      this.okButton.sensitive = false;
    }
    this.showKnown();
    this.entry.grab_focus();
  }

  private layOut(): Gtk.Widget {
    const header = new Adw.HeaderBar({ show_end_title_buttons: false, show_start_title_buttons: false });
    wrapWindowTitle(header);
    const cancel = new Gtk.Button({ label: _('Cancel') });
    cancel.connect('clicked', () => this.close());
    this.okButton.add_css_class('suggested-action');
    header.pack_start(cancel);
    header.pack_end(this.okButton);
    closeByKeys(this);

    this.testButton.add_css_class('flat');
    this.entry.input_purpose = Gtk.InputPurpose.URL;
    this.entry.add_suffix(this.spinner);
    this.entry.add_suffix(this.testButton);
    const address = new Adw.PreferencesGroup({ description: this.explanation() });
    address.add(this.entry);
    const example = new Gtk.Label({
      label: fill(_('Example: {example}'), { example: exampleUrl }),
      xalign: 0,
      wrap: true,
      wrap_mode: Pango.WrapMode.WORD_CHAR,
      css_classes: ['caption', 'dim-label'],
    });

    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 12 });
    for (const part of [address, example, this.finding]) box.append(part);
    if (this.issuerPage !== undefined) box.append(this.issuerPage);
    const forgotten = (token: Token): void => {
      this.entry.text = token.phoneHome.url;
      this.showNothing();
      this.issuerPage?.show_choice();
    };
    box.append(memoryButtons(this, this.phoneHome, this.token, forgotten));
    const content = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    content.append(header);
    content.append(scrolledColumn(box));
    return content;
  }

  /** Whether an administrator has set the address. */
  private get isLocked(): boolean {
    return this.token === undefined && !this.phoneHome.globalUrlIsWritable;
  }

  private explanation(): string {
    const general = _('At this address the issuer tells which server works on its cards.');
    const about =
      this.token === undefined
        ? _('It is used for every card that names none.')
        : sourceText(this.token.phoneHome);
    const locked = this.isLocked ? `\n${lockedText()}` : '';
    return GLib.markup_escape_text(`${general} ${about}${locked}`, -1);
  }

  private showKnown(): void {
    const { profile, failure } = this.token?.phoneHome ?? {};
    if (profile !== undefined) this.finding.showProfile(profile);
    if (failure !== undefined) this.say(this.finding.showFailure(failure, profile !== undefined));
  }

  private showNothing(): void {
    this.tested = undefined;
    this.finding.clear();
  }

  private say(text: string): void {
    announce(this.entry, text);
  }

  /** @returns what the URL leads to; undefined where it failed, which is shown, or was called off. */
  private async test(): Promise<PhoneHomeProfile | undefined> {
    const url = this.entry.text.trim();
    this.cancellation?.cancel();
    const cancellation = new Cancellation();
    this.cancellation = cancellation;
    this.showNothing();
    this.setBusy(true);
    try {
      const { phoneHome, token } = this;
      const test = (): Promise<PhoneHomeProfile> => phoneHome.test(url, token?.cuid ?? '', cancellation);
      const profile = await withTrust(this, phoneHome.settings.trusted, test, cancellation);
      if (cancellation.cancelled) return undefined;
      this.tested = profile;
      this.say(this.finding.showFound(profile));
      return profile;
    } catch (error) {
      if (!cancellation.cancelled) this.say(this.finding.showFailure(asFailure(error), false));
      return undefined;
    } finally {
      if (this.cancellation === cancellation) this.setBusy(false);
    }
  }

  /** An address that was not tested is tested first; one that leads nowhere is not kept. */
  private async accept(): Promise<void> {
    const url = this.entry.text.trim();
    if (url !== '') {
      const profile = this.tested?.url === url ? this.tested : await this.test();
      if (profile?.url !== this.entry.text.trim()) return;
      this.keep(url, profile);
    } else this.keep('');
    this.close();
  }

  private keep(url: string, profile?: PhoneHomeProfile): void {
    if (this.token !== undefined) this.phoneHome.setCardUrl(this.token, url, profile);
    else this.phoneHome.setGlobalUrl(url);
  }

  private setBusy(busy: boolean): void {
    this.spinner.spinning = busy;
    this.testButton.sensitive = !busy;
    this.okButton.sensitive = !busy;
    // The button that was pressed lost it.
    if (!busy && this.get_focus() === null) this.entry.grab_focus();
  }
}
