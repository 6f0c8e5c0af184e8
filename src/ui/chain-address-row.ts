import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { Cancellation } from '../base/cancellation.js';
import { _ } from '../io/text.js';
import { announce, takeBack } from './announce.js';
import { wrapEntryTitle } from './wrap-title.js';

/** Where a chain is to be had. Emits `wanted` when it is to be fetched; while that goes on, it can be called off. */
export class ChainAddressRow extends Adw.EntryRow {
  static {
    GObject.registerClass({ GTypeName: 'EscChainAddressRow', Signals: { wanted: {} } }, this);
  }

  private readonly spinner = new Gtk.Spinner({ accessible_role: Gtk.AccessibleRole.PRESENTATION });
  private readonly button = new Gtk.Button({ label: _('Show'), valign: Gtk.Align.CENTER });
  private fetching: Cancellation | undefined;

  public constructor() {
    super({ title: _('Address of the CA Certificate Chain') });
    wrapEntryTitle(this);
    // It does not fit where the window is narrow.
    this.tooltip_text = this.title;
    for (const suffix of [this.spinner, this.button]) this.add_suffix(suffix);
    this.connect('entry-activated', () => this.emit('wanted'));
    this.button.connect('clicked', () => {
      if (this.fetching === undefined) this.emit('wanted');
      else this.fetching.cancel();
    });
    this.connect('unrealize', () => this.fetching?.cancel());
  }

  /** Lets the person call work off. @throws Failure `cancelled` where they do, or whatever the work throws */
  public async during<T>(work: (cancellation: Cancellation) => Promise<T>): Promise<T> {
    const cancellation = new Cancellation();
    const focus = this.get_root()?.get_focus() ?? this.button;
    this.showFetching(cancellation);
    announce(focus, _('Working…'));
    try {
      return await work(cancellation);
    } finally {
      takeBack(focus);
      this.showFetching(undefined);
    }
  }

  private showFetching(fetching: Cancellation | undefined): void {
    const goesOn = fetching !== undefined;
    this.fetching = fetching;
    this.spinner.spinning = goesOn;
    this.editable = !goesOn;
    this.button.label = goesOn ? _('Cancel') : _('Show');
  }
}
