import Adw from 'gi://Adw';
import type Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import type { CertificateInfo } from '../card/certificate.js';
import { _ } from '../io/text.js';
import { endingOf } from '../tokens/ending.js';
import type { OperationEnd, WorkKind } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import { announce, focusOn, mayTakeFocus } from './announce.js';
import { CardFacts } from './card-facts.js';
import { CertificateRows } from './card-certificate-rows.js';
import { EnrollmentGuide } from './enrollment-guide.js';
import { ManageGroup } from './manage-group.js';
import { OutcomeBox } from './outcome-box.js';
import { adviceFor, issuerOf, ownerOf, pictureOf, statusOf, stepText } from './words.js';
import { wrapTitle } from './wrap-title.js';

/** Everything about one card, and the one thing to do with it next. */
export class CardPage extends Adw.Bin {
  static {
    for (const part of [EnrollmentGuide, ManageGroup, OutcomeBox]) GObject.type_ensure(part.$gtype);
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
          'guide',
          'busy',
          'step',
          'progress',
          'cancel',
          'suggested',
          'manage',
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
  declare private _outcome: OutcomeBox;
  declare private _guide: EnrollmentGuide;
  declare private _busy: Gtk.Box;
  declare private _step: Gtk.Label;
  declare private _progress: Gtk.ProgressBar;
  declare private _cancel: Gtk.Button;
  declare private _suggested: Gtk.Button;
  declare private _manage: ManageGroup;
  declare private _certificates: Adw.PreferencesGroup;
  declare private _about: Adw.PreferencesGroup;

  private readonly certificateRows: CertificateRows;
  private readonly facts: CardFacts;
  private shownKnowledge: unknown;

  public constructor(
    public readonly token: Token,
    store: Gio.Settings,
  ) {
    super();
    this.certificateRows = new CertificateRows(this._certificates, certificate => this.open(certificate));
    this.facts = new CardFacts(this._about, text => this.copy(text));
    this._manage.follow(store);
    const handler = token.connect('changed', () => this.show_token());
    this.connect('destroy', () => token.disconnect(handler));
    wrapTitle(this._about);
    this._suggested.connect('clicked', () => this.emit('operate', 'enroll'));
    this._manage.connect('operate', (_group: ManageGroup, kind: string) => this.emit('operate', kind));
    this._cancel.connect('clicked', () => token.operation?.cancel());
    this._outcome.connect('operate', (_box: OutcomeBox, kind: string) => this.emit('operate', kind));
    this._outcome.connect('copy', (_box: OutcomeBox, text: string) => this.copy(text));
    this._outcome.connect('notify::visible', () => {
      if (!this._outcome.visible && token.operation === undefined && mayTakeFocus(this)) this.focusOnNext();
    });
    this.show_token();
  }

  /** Shows how an operation ended: see OutcomeBox. */
  public showEnd(kind: WorkKind, end: OperationEnd): void {
    const takesFocus = mayTakeFocus(this);
    const said = this._outcome.show_end(kind, end, this.token);
    // What is said of a group is said when the focus comes into it.
    if (takesFocus) focusOn(this._outcome);
    else announce(this._outcome, said);
  }

  /** Where the keyboard's focus belongs when what had it is gone. */
  private focusOnNext(): void {
    focusOn(this._suggested, this._manage, this._about);
  }

  private show_token(): void {
    const { token } = this;
    const { operation, known } = token;
    const picture = pictureOf(token);
    const enrolled = token.status === 'ENROLLED' && !token.unfinished;
    this._picture.icon_name = picture.icon;
    this._picture.set_css_classes(picture.trouble ? ['card-picture', 'trouble'] : ['card-picture']);
    this._owner.label = this._owner.tooltip_text = ownerOf(token);
    this._issuer.label = issuerOf(token);
    this._issuer.visible = known.kind === 'read';
    this._status.label = statusOf(token);
    this._advice.label = adviceFor(token);
    this._advice.visible = this._advice.label !== '';
    this._guide.show_token(token);

    const takesFocus = this._busy.visible !== (operation !== undefined) && mayTakeFocus(this);
    this._busy.visible = operation !== undefined;
    this._cancel.sensitive = operation?.progress.step !== 'cancelling';
    if (operation !== undefined) {
      const step = stepText(operation.progress.step);
      if (takesFocus) focusOn(this._cancel);
      if (this._step.label !== step) announce(this._cancel, step);
      this._step.label = step;
      this._progress.fraction = operation.progress.fraction;
    }

    const ending = endingOf(token) !== undefined;
    this._suggested.label = suggestion(token, ending);
    this._suggested.visible = operation === undefined && token.isManageable && (!enrolled || ending);
    this._suggested.sensitive = token.allows('enroll');
    this._manage.show_token(token);
    this._outcome.show_token(token);
    if (takesFocus && operation === undefined) this.focusOnNext();
    if (known !== this.shownKnowledge) {
      this.shownKnowledge = known;
      this.certificateRows.show_contents(token.contents);
    }
    this.facts.show_token(token);
  }

  private open(certificate: CertificateInfo): void {
    const { contents } = this.token;
    const window = this.get_root();
    if (contents === undefined || !(window instanceof Gtk.Window)) return;
    void import('./certificate-window.js').then(({ CertificateWindow }) =>
      new CertificateWindow(window, certificate, contents).present(),
    );
  }

  private copy(text: string): void {
    this.get_clipboard().set(text);
    this.emit('copied');
  }
}

function suggestion(token: Token, ending: boolean): string {
  if (token.unfinished) return _('Format and Enroll');
  return ending ? _('Renew Certificates') : _('Enroll');
}
