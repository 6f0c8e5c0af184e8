import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import Pango from 'gi://Pango';
import type { Failure } from '../base/failure.js';
import { _, fill } from '../io/text.js';
import type { PhoneHomeProfile } from '../tokens/phone-home-state.js';
import { explainPhoneHome, profileFacts } from '../tokens/phone-home-words.js';
import { failureFacts } from './failure-facts.js';
import { textRow } from './text-row.js';

/** What a Phone Home URL leads to, or what went wrong. Each way to show it returns what a screen reader says of it. */
export class PhoneHomeFinding extends Gtk.Box {
  static {
    GObject.registerClass({ GTypeName: 'EscPhoneHomeFinding' }, this);
  }

  private readonly icon = new Gtk.Image({ valign: Gtk.Align.START });
  private readonly text = new Gtk.Label({
    xalign: 0,
    hexpand: true,
    wrap: true,
    wrap_mode: Pango.WrapMode.WORD_CHAR,
    selectable: true,
  });
  private readonly result = new Gtk.Box({ spacing: 12, visible: false, css_classes: ['outcome', 'card'] });
  private readonly profile = new Adw.PreferencesGroup({ visible: false });
  private rows: Gtk.Widget[] = [];

  public constructor() {
    super({ orientation: Gtk.Orientation.VERTICAL, spacing: 12, visible: false });
    this.result.append(this.icon);
    this.result.append(this.text);
    this.append(this.result);
    this.append(this.profile);
  }

  public clear(): void {
    this.visible = false;
    this.result.visible = false;
    this.profile.visible = false;
  }

  public showFound(profile: PhoneHomeProfile): string {
    this.showProfile(profile);
    return this.showResult('done', [_('The issuer was found.')]);
  }

  public showProfile(profile: PhoneHomeProfile): void {
    for (const row of this.rows) this.profile.remove(row);
    this.rows = profileFacts(profile).map(([title, value]) => textRow(title, value));
    for (const row of this.rows) this.profile.add(row);
    const date = GLib.DateTime.new_from_unix_local(Math.floor(profile.fetchedAt.getTime() / 1000));
    this.profile.title = _('What the Issuer Tells');
    this.profile.description = GLib.markup_escape_text(
      fill(_('From {url}, {date}'), { url: profile.url, date: date.format('%x %H:%M') ?? '' }),
      -1,
    );
    this.profile.visible = true;
    this.visible = true;
  }

  /** @param oldValues whether those of an earlier time still hold */
  public showFailure(failure: Failure, oldValues: boolean): string {
    const { what, next } = explainPhoneHome(failure);
    const old = oldValues ? _('What was known before is still used.') : '';
    return this.showResult('failed', [what, next, old, failureFacts(failure)]);
  }

  private showResult(kind: 'done' | 'failed', lines: readonly string[]): string {
    this.result.remove_css_class(kind === 'done' ? 'failed' : 'done');
    this.result.add_css_class(kind);
    this.icon.icon_name = kind === 'done' ? 'esc-done-symbolic' : 'esc-warning-symbolic';
    this.text.label = lines.filter(line => line !== '').join('\n');
    this.result.visible = true;
    this.visible = true;
    return this.text.label;
  }
}
