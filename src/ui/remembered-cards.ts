import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _, fill } from '../io/text.js';
import type { PhoneHome } from '../tokens/phone-home.js';
import { setAccessibleName } from './accessible-name.js';
import { confirmForget } from './confirm-dialogs.js';
import { closeByKeys } from './close-keys.js';
import { wrapWindowTitle } from './wrap-title.js';

/** Every card that something is remembered of: to look at, and to forget one or all. */
export class RememberedCards extends Adw.Window {
  static {
    GObject.registerClass({ GTypeName: 'EscRememberedCards' }, this);
  }

  private readonly cuids = new Gtk.StringList();
  private readonly clearAll = new Gtk.Button({ label: _('Forget All') });
  private readonly stack = new Gtk.Stack();

  public constructor(
    parent: Gtk.Window,
    private readonly phoneHome: PhoneHome,
  ) {
    super({
      transient_for: parent,
      modal: true,
      title: _('Remembered Cards'),
      default_width: 480,
      default_height: 480,
      width_request: 340,
      accessible_role: Gtk.AccessibleRole.DIALOG,
    });
    const header = new Adw.HeaderBar();
    wrapWindowTitle(header);
    this.clearAll.connect('clicked', () => void this.forgetAll());
    header.pack_start(this.clearAll);
    this.stack.vexpand = true;
    this.stack.add_named(
      new Adw.StatusPage({ icon_name: 'esc-card-blank-symbolic', title: _('No Card Is Remembered') }),
      'none',
    );
    this.stack.add_named(this.list(), 'list');
    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    box.append(header);
    box.append(this.stack);
    this.content = box;
    closeByKeys(this);
    this.update();
  }

  /** Rows are made for what shows only: there may be thousands of cards. */
  private list(): Gtk.Widget {
    const factory = new Gtk.SignalListItemFactory();
    factory.connect('setup', (_factory, item: Gtk.ListItem) => {
      item.activatable = false;
      item.child = new RememberedRow(() => this.forget(textOf(item)));
    });
    factory.connect('bind', (_factory, item: Gtk.ListItem) => {
      const { child: row } = item;
      if (!(row instanceof RememberedRow)) return;
      const cuid = textOf(item);
      const profile = this.phoneHome.cache.profile(cuid);
      const url = profile?.url ?? this.phoneHome.cache.ownUrl(cuid);
      const issuer = profile === undefined ? _('Issuer unknown') : profile.issuerName || profile.host;
      row.tell(cuid, issuer, [url, profile?.tpsUrl ?? '']);
    });
    const view = new Gtk.ListView({
      model: new Gtk.NoSelection({ model: this.cuids }),
      factory,
      css_classes: ['navigation-sidebar'],
    });
    setAccessibleName(view, _('Remembered Cards'));
    const scrolled = new Gtk.ScrolledWindow({ child: new Adw.ClampScrollable({ child: view }) });
    scrolled.hscrollbar_policy = Gtk.PolicyType.NEVER;
    return scrolled;
  }

  private update(): void {
    const cuids = this.phoneHome.cache.cuids();
    this.cuids.splice(0, this.cuids.get_n_items(), cuids);
    this.stack.visible_child_name = cuids.length === 0 ? 'none' : 'list';
    this.clearAll.visible = cuids.length > 0;
  }

  private forget(cuid: string): void {
    this.phoneHome.clear(cuid);
    this.update();
  }

  private async forgetAll(): Promise<void> {
    if (!(await confirmForget(this, this.cuids.get_n_items()))) return;
    this.phoneHome.clear();
    this.update();
  }
}

function textOf({ item }: Gtk.ListItem): string {
  return item instanceof Gtk.StringObject ? item.string : '';
}

class RememberedRow extends Adw.ActionRow {
  static {
    GObject.registerClass({ GTypeName: 'EscRememberedRow' }, this);
  }

  private readonly button = new Gtk.Button({ label: _('Forget'), valign: Gtk.Align.CENTER });

  public constructor(forget: () => void) {
    super({ use_markup: false, subtitle_lines: 3 });
    this.button.connect('clicked', forget);
    this.add_suffix(this.button);
  }

  public tell(cuid: string, issuer: string, addresses: readonly string[]): void {
    this.title = issuer;
    this.subtitle = [cuid, ...addresses].filter(line => line !== '').join('\n');
    setAccessibleName(this.button, fill(_('Forget {card}'), { card: cuid }));
  }
}
