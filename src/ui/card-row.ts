import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { fill, _ } from '../io/text.js';
import type { Token } from '../tokens/token.js';
import { setAccessibleName } from './accessible-name.js';
import { issuerOf, ownerOf, pictureOf, statusOf } from './words.js';

/** One card in the list: whom it belongs to, its issuer and reader, its status or progress. */
export class CardRow extends Gtk.ListBoxRow {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscCardRow',
        Template: 'resource:///io/github/escproject/Esc/ui/card-row.ui',
        InternalChildren: ['picture', 'owner', 'place', 'progress', 'status'],
      },
      this,
    );
  }

  declare private _picture: Gtk.Image;
  declare private _owner: Gtk.Label;
  declare private _place: Gtk.Label;
  declare private _progress: Gtk.ProgressBar;
  declare private _status: Gtk.Label;

  public constructor(public readonly token: Token) {
    super();
    const handler = token.connect('changed', () => this.show_token());
    this.connect('destroy', () => token.disconnect(handler));
    this.show_token();
  }

  private show_token(): void {
    const { token } = this;
    const picture = pictureOf(token);
    const owner = ownerOf(token);
    const status = statusOf(token);
    this._picture.icon_name = picture.icon;
    this._picture.set_css_classes(picture.trouble ? ['card-picture', 'trouble'] : ['card-picture']);
    this._owner.label = this._owner.tooltip_text = owner;
    this._place.label = `${issuerOf(token)} · ${token.reader}`;
    this._place.tooltip_text = this._place.label;
    this._progress.visible = token.operation !== undefined;
    this._progress.fraction = token.operation?.progress.fraction ?? 0;
    this._status.label = status;
    this._status.visible = token.operation === undefined;
    setAccessibleName(
      this,
      fill(_('{owner}, {issuer}, {status}, in {reader}'), {
        owner,
        issuer: issuerOf(token),
        status,
        reader: token.reader,
      }),
    );
  }
}
