import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { toHex } from '../base/bytes.js';
import type { CertificateInfo } from '../card/certificate.js';
import { _, fill } from '../io/text.js';
import type { OperationEnd, OperationKind } from '../tokens/operation.js';
import { stateText } from '../tokens/phone-home-words.js';
import { explain } from '../tokens/sentences.js';
import type { Token } from '../tokens/token.js';
import { failureFacts } from './failure-facts.js';
import { enrollmentPageOf } from './phone-home-control.js';
import { adviceFor, doneText, issuerOf, ownerOf, pictureOf, statusOf, stepText } from './words.js';

/** Everything about one card, and the one thing to do with it next. */
export class CardPage extends Adw.Bin {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscCardPage',
        Template: 'resource:///io/github/escproject/Esc/ui/card-page.ui',
        InternalChildren: [
          'picture',
          'owner',
          'issuer',
          'status',
          'advice',
          'outcome',
          'outcome_icon',
          'outcome_what',
          'outcome_next',
          'outcome_details',
          'outcome_facts',
          'outcome_copy',
          'outcome_phone_home',
          'outcome_retry',
          'outcome_dismiss',
          'busy',
          'step',
          'progress',
          'cancel',
          'suggested',
          'manage',
          'enroll_row',
          'enroll',
          'reset_row',
          'reset',
          'enrollment_page_row',
          'phone_home_row',
          'format_row',
          'format',
          'certificates',
          'about',
        ],
        Signals: { operate: { param_types: [GObject.TYPE_STRING] }, copied: {} },
      },
      this,
    );
  }

  declare private _picture: Gtk.Image;
  declare private _owner: Gtk.Label;
  declare private _issuer: Gtk.Label;
  declare private _status: Gtk.Label;
  declare private _advice: Gtk.Label;
  declare private _outcome: Gtk.Box;
  declare private _outcome_icon: Gtk.Image;
  declare private _outcome_what: Gtk.Label;
  declare private _outcome_next: Gtk.Label;
  declare private _outcome_details: Gtk.Expander;
  declare private _outcome_facts: Gtk.Label;
  declare private _outcome_copy: Gtk.Button;
  declare private _outcome_phone_home: Gtk.Button;
  declare private _outcome_retry: Gtk.Button;
  declare private _outcome_dismiss: Gtk.Button;
  declare private _busy: Gtk.Box;
  declare private _step: Gtk.Label;
  declare private _progress: Gtk.ProgressBar;
  declare private _cancel: Gtk.Button;
  declare private _suggested: Gtk.Button;
  declare private _manage: Adw.PreferencesGroup;
  declare private _enroll_row: Adw.ActionRow;
  declare private _enroll: Gtk.Button;
  declare private _reset_row: Adw.ActionRow;
  declare private _reset: Gtk.Button;
  declare private _enrollment_page_row: Adw.ActionRow;
  declare private _phone_home_row: Adw.ActionRow;
  declare private _format_row: Adw.ActionRow;
  declare private _format: Gtk.Button;
  declare private _certificates: Adw.PreferencesGroup;
  declare private _about: Adw.PreferencesGroup;

  private certificateRows: Gtk.Widget[] = [];
  private aboutRows: Gtk.Widget[] = [];
  private shownKnowledge: unknown;
  private factsOf: { readonly known?: unknown; readonly tpsUrl?: string } = {};

  public constructor(public readonly token: Token) {
    super();
    const handler = token.connect('changed', () => this.show_token());
    this.connect('destroy', () => token.disconnect(handler));
    const operate = (kind: OperationKind) => (): void => this.emit('operate', kind);
    this._suggested.connect('clicked', operate('enroll'));
    this._enroll.connect('clicked', operate('enroll'));
    this._reset.connect('clicked', operate('reset-pin'));
    this._format.connect('clicked', operate('format'));
    this._cancel.connect('clicked', () => {
      token.operation?.cancel();
      this._cancel.sensitive = false;
    });
    this._outcome_dismiss.connect('clicked', () => (this._outcome.visible = false));
    this._outcome_copy.connect('clicked', () => this.copy(this._outcome_facts.label));
    this._outcome_retry.connect('clicked', () => this.emit('operate', this._outcome_retry.name));
    this.show_token();
  }

  /** Shows how an operation ended, until it is dismissed or the next one begins. */
  public showEnd(kind: OperationKind, end: OperationEnd): void {
    const failed = end.failure !== undefined;
    const words = end.failure === undefined ? doneText(kind) : explain(end.failure);
    this._outcome.remove_css_class(failed ? 'done' : 'failed');
    this._outcome.add_css_class(failed ? 'failed' : 'done');
    this._outcome_icon.icon_name = failed ? 'esc-warning-symbolic' : 'esc-done-symbolic';
    this._outcome_what.label = words.what;
    this._outcome_next.label = words.next;
    this._outcome_details.visible = failed;
    this._outcome_details.expanded = false;
    this._outcome_facts.label = end.failure === undefined ? '' : failureFacts(end.failure);
    this._outcome_phone_home.visible = end.failure?.facts.step === 'phone-home';
    this._outcome_retry.name = kind;
    this._outcome_retry.visible = failed && this.token.allows(kind);
    this._outcome.visible = true;
    this._outcome.update_property([Gtk.AccessibleProperty.LABEL], [`${words.what} ${words.next}`]);
  }

  private show_token(): void {
    const { token } = this;
    const { operation, known } = token;
    const picture = pictureOf(token);
    const enrolled = token.status === 'ENROLLED' && !token.unfinished;
    this._picture.icon_name = picture.icon;
    this._picture.set_css_classes(picture.trouble ? ['card-picture', 'trouble'] : ['card-picture']);
    this._owner.label = ownerOf(token);
    this._issuer.label = issuerOf(token);
    this._issuer.visible = known.kind === 'read';
    this._status.label = statusOf(token);
    this._advice.label = known.kind === 'unreadable' ? describeUnreadable(known.failure) : adviceFor(token);
    this._advice.visible = this._advice.label !== '';

    this._busy.visible = operation !== undefined;
    if (operation === undefined) {
      this._cancel.sensitive = true;
    } else {
      this._outcome.visible = false;
      this._step.label = stepText(operation.progress.step);
      this._progress.fraction = operation.progress.fraction;
    }

    const manageable = token.summary?.kind === 'coolkey' || token.summary?.kind === 'blank';
    this._suggested.label = token.unfinished ? _('Format and Enroll') : _('Enroll');
    this._suggested.visible = operation === undefined && manageable && !enrolled;
    this._suggested.sensitive = token.allows('enroll');
    this._manage.visible = operation === undefined && manageable;
    this._enroll_row.visible = enrolled;
    this._enroll.sensitive = token.allows('enroll');
    this._reset.sensitive = token.allows('reset-pin');
    this._format.sensitive = token.allows('format');

    this._enrollment_page_row.visible = enrollmentPageOf(token) !== '';
    this._phone_home_row.subtitle = GLib.markup_escape_text(stateText(token.phoneHome), -1);

    if (known !== this.shownKnowledge) {
      this.shownKnowledge = known;
      this.showCertificates();
    }
    const { tpsUrl } = token.phoneHome;
    if (known !== this.factsOf.known || tpsUrl !== this.factsOf.tpsUrl) {
      this.factsOf = { known, tpsUrl };
      this.showFacts();
    }
  }

  private showCertificates(): void {
    for (const row of this.certificateRows) this._certificates.remove(row);
    this.certificateRows = (this.token.contents?.certificates ?? []).map(certificateRow);
    for (const row of this.certificateRows) this._certificates.add(row);
    this._certificates.visible = this.certificateRows.length > 0;
  }

  private showFacts(): void {
    for (const row of this.aboutRows) this._about.remove(row);
    const { token } = this;
    const { summary } = token;
    const facts: (readonly [string, string])[] = [
      [_('Card Number (CUID)'), token.cuid],
      [_('Card Type (ATR)'), token.atrText],
      [_('Reader'), token.reader],
      [_('Applet Version'), summary?.appletVersion ?? ''],
      [_('Phone Home URL'), summary?.issuerUrl ?? ''],
      [_('Server for Operations (TPS)'), token.phoneHome.tpsUrl],
    ];
    this.aboutRows = facts
      .filter(([, value]) => value !== '')
      .map(([name, value]) => this.factRow(name, value));
    for (const row of this.aboutRows) this._about.add(row);
  }

  private factRow(name: string, value: string): Gtk.Widget {
    const row = new Adw.ActionRow({
      title: name,
      subtitle: GLib.markup_escape_text(value, -1),
      subtitle_lines: 4,
    });
    const copy = new Gtk.Button({
      icon_name: 'esc-copy-symbolic',
      valign: Gtk.Align.CENTER,
      tooltip_text: fill(_('Copy {name}'), { name }),
    });
    copy.add_css_class('flat');
    copy.update_property([Gtk.AccessibleProperty.LABEL], [fill(_('Copy {name}'), { name })]);
    copy.connect('clicked', () => this.copy(value));
    row.add_suffix(copy);
    return row;
  }

  private copy(text: string): void {
    this.get_clipboard().set(text);
    this.emit('copied');
  }
}

function describeUnreadable(failure: Parameters<typeof explain>[0]): string {
  const { what, next } = explain(failure);
  return `${what} ${next}`;
}

function certificateRow(certificate: CertificateInfo): Gtk.Widget {
  const end = GLib.DateTime.new_from_unix_local(Math.floor(certificate.notAfter.getTime() / 1000));
  const row = new Adw.ActionRow({
    title: GLib.markup_escape_text(certificate.label, -1),
    subtitle: GLib.markup_escape_text(
      fill(_('{subject}\nIssued by {issuer}, valid until {date}, number {serial}'), {
        subject: certificate.subject.commonName ?? certificate.subject.text,
        issuer: certificate.issuer.commonName ?? certificate.issuer.text,
        date: end.format('%x') ?? '',
        serial: toHex(certificate.serialNumber),
      }),
      -1,
    ),
    subtitle_lines: 4,
  });
  return row;
}
