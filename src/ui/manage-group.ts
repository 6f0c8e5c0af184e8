import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import type Gtk from 'gi://Gtk';
import type { WorkKind } from '../tokens/operation.js';
import { stateText } from '../tokens/phone-home-words.js';
import type { Token } from '../tokens/token.js';
import { enrollmentPageOf } from './phone-home-control.js';
import { wrapButton } from './wrap-title.js';

/** What can be done with a card, as far as it is what it is. Emits `operate` with what is to be done. */
export class ManageGroup extends Adw.PreferencesGroup {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscManageGroup',
        Template: 'resource:///io/github/escproject/Esc/ui/manage-group.ui',
        InternalChildren: [
          'enroll_row',
          'enroll',
          'test_row',
          'test',
          'change_row',
          'change',
          'reset',
          'enrollment_page_row',
          'phone_home_row',
          'phone_home',
          'format_row',
          'format',
        ],
        Signals: { operate: { param_types: [GObject.TYPE_STRING] } },
      },
      this,
    );
  }

  declare private _enroll_row: Adw.ActionRow;
  declare private _enroll: Gtk.Button;
  declare private _test_row: Adw.ActionRow;
  declare private _test: Gtk.Button;
  declare private _change_row: Adw.ActionRow;
  declare private _change: Gtk.Button;
  declare private _reset: Gtk.Button;
  declare private _enrollment_page_row: Adw.ActionRow;
  declare private _phone_home_row: Adw.ActionRow;
  declare private _phone_home: Gtk.Button;
  declare private _format_row: Adw.ActionRow;
  declare private _format: Gtk.Button;

  private readonly buttons: readonly (readonly [WorkKind, Gtk.Button])[];

  public constructor() {
    super();
    this.buttons = [
      ['enroll', this._enroll],
      ['test-card', this._test],
      ['change-password', this._change],
      ['reset-pin', this._reset],
      ['format', this._format],
    ];
    for (const button of [this._change, this._reset, this._phone_home]) wrapButton(button);
    for (const [kind, button] of this.buttons) button.connect('clicked', () => this.emit('operate', kind));
  }

  /** Has no Format where the settings hide it. */
  public follow(store: Gio.Settings): void {
    const { GET, INVERT_BOOLEAN } = Gio.SettingsBindFlags;
    store.bind('hide-format', this._format_row, 'visible', GET | INVERT_BOOLEAN);
  }

  public show_token(token: Token): void {
    this.visible = token.operation === undefined && token.isManageable;
    const enrolled = token.status === 'ENROLLED' && !token.unfinished;
    for (const row of [this._enroll_row, this._test_row, this._change_row]) row.visible = enrolled;
    for (const [kind, button] of this.buttons) button.sensitive = token.allows(kind);
    this._enrollment_page_row.visible = enrollmentPageOf(token) !== '';
    this._phone_home_row.subtitle = GLib.markup_escape_text(stateText(token.phoneHome), -1);
  }
}
