import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _ } from '../../io/text.js';
import { severities, type EventKind, type LogEvent, type Severity } from '../../tokens/log/event.js';
import type { EventLog } from '../../tokens/log/event-log.js';
import {
  eventFacts,
  eventLine,
  eventText,
  eventTime,
  kindText,
  severityOf,
  severityTexts,
} from '../../tokens/log/words.js';
import { setAccessibleName } from '../accessible-name.js';
import { momentText } from '../certificate-words.js';
import { LogRow } from './log-row.js';
import { outletButtons, type TextOutlet } from './text-outlet.js';

/** Milliseconds: programs often write several lines at once. */
const beforeReadingAgain = 300;

/** An event as GTK's lists take it. */
export class LogItem extends GObject.Object {
  static {
    GObject.registerClass({ GTypeName: 'EscLogItem' }, this);
  }

  private haystack: string | undefined;

  public constructor(public readonly event: LogEvent) {
    super();
  }

  public contains(text: string): boolean {
    const { event } = this;
    // Each is looked through with every letter that is typed.
    this.haystack ??= [
      kindText(event.kind),
      eventText(event),
      eventFacts(event),
      momentText(new Date(event.time)),
      eventTime(event),
    ]
      .join('\n')
      .toLocaleLowerCase();
    return this.haystack.includes(text);
  }
}

/** What has happened, the newest first, by kind, weight and text. */
export class LogPage extends Adw.Bin {
  static {
    GObject.registerClass({ GTypeName: 'EscLogPage' }, this);
  }

  private readonly kinds = Object.keys(severities) as EventKind[];
  private readonly weights = Object.keys(severityTexts) as Severity[];
  private readonly search = new Gtk.SearchEntry({ hexpand: true, placeholder_text: _('Search') });
  private readonly kind = dropDown(_('Kind'), [_('All Kinds'), ...this.kinds.map(kindText)]);
  private readonly weight = dropDown(_('Importance'), [
    _('All'),
    ...this.weights.map(weight => severityTexts[weight]()),
  ]);
  private readonly stack = new Gtk.Stack({ vexpand: true });
  private readonly shown = Gio.ListStore.new(LogItem.$gtype);
  private readonly list = new Gtk.ListView({
    model: new Gtk.NoSelection({ model: this.shown }),
    factory: rowFactory(),
    css_classes: ['navigation-sidebar'],
  });
  private readonly scrolled = new Gtk.ScrolledWindow({
    child: this.list,
    hscrollbar_policy: Gtk.PolicyType.NEVER,
  });
  private all: readonly LogItem[] = [];
  private waiting: number | undefined;
  private readonly unsubscribe: () => void;

  public constructor(
    private readonly log: EventLog,
    outlet: TextOutlet,
  ) {
    super();
    setAccessibleName(this.search, _('Search the Log'));
    const filters = new Gtk.FlowBox({
      selection_mode: Gtk.SelectionMode.NONE,
      max_children_per_line: 3,
      column_spacing: 6,
      row_spacing: 6,
      margin_start: 12,
      margin_end: 12,
      margin_top: 6,
      margin_bottom: 6,
    });
    for (const widget of [this.search, this.kind, this.weight])
      filters.append(new Gtk.FlowBoxChild({ child: widget, focusable: false }));
    setAccessibleName(this.list, _('Log'));
    const nothing = new Adw.StatusPage({ icon_name: 'esc-log-symbolic', title: _('No Events') });
    this.stack.add_named(this.scrolled, 'list');
    this.stack.add_named(nothing, 'nothing');

    const box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    box.append(filters);
    box.append(this.stack);
    box.append(
      outletButtons(
        _('Copy Log'),
        () => outlet.copy(this.text),
        () => outlet.save('smart-card-log.txt', this.text),
      ),
    );
    this.child = box;
    this.search.connect('search-changed', () => this.filterAnew());
    this.kind.connect('notify::selected', () => this.filterAnew());
    this.weight.connect('notify::selected', () => this.filterAnew());
    this.unsubscribe = log.onChange(() => this.soon());
    this.read();
  }

  public stop(): void {
    this.unsubscribe();
    if (this.waiting !== undefined) GLib.source_remove(this.waiting);
    this.waiting = undefined;
  }

  /** What is shown, the newest first. */
  private get text(): string {
    const count = this.shown.get_n_items();
    return Array.from({ length: count }, (_, i) => eventLine((this.shown.get_item(i) as LogItem).event)).join(
      '\n',
    );
  }

  private soon(): void {
    this.waiting ??= GLib.timeout_add(GLib.PRIORITY_DEFAULT, beforeReadingAgain, () => {
      this.waiting = undefined;
      this.read();
      return GLib.SOURCE_REMOVE;
    });
  }

  private read(): void {
    const known = new Map(this.all.map(item => [JSON.stringify(item.event), item]));
    this.all = this.log
      .read()
      .reverse()
      .map(event => known.get(JSON.stringify(event)) ?? new LogItem(event));
    const looksAtNewest = this.scrolled.vadjustment.value === 0;
    this.filter();
    if (looksAtNewest) this.showNewest();
  }

  private filterAnew(): void {
    this.filter();
    this.showNewest();
  }

  /** GTK keeps in sight what was at the top before. */
  private showNewest(): void {
    if (this.shown.get_n_items() > 0)
      this.list.activate_action('list.scroll-to-item', GLib.Variant.new_uint32(0));
  }

  private filter(): void {
    const text = this.search.text.trim().toLocaleLowerCase();
    const kind = this.kinds[this.kind.selected - 1];
    const weight = this.weights[this.weight.selected - 1];
    const found = this.all.filter(
      item =>
        (kind === undefined || item.event.kind === kind) &&
        (weight === undefined || severityOf(item.event) === weight) &&
        (text === '' || item.contains(text)),
    );
    this.replaceHead(found);
    const isEmpty = found.length === 0;
    this.stack.visible_child_name = isEmpty ? 'nothing' : 'list';
    for (const name of ['list', 'nothing']) {
      const child = this.stack.get_child_by_name(name);
      if (child !== null) child.visible = (name === 'nothing') === isEmpty;
    }
  }

  /** What stays at the end stays where it is, for one who reads there. */
  private replaceHead(found: readonly LogItem[]): void {
    const old = this.shown.get_n_items();
    let kept = 0;
    while (
      kept < Math.min(old, found.length) &&
      this.shown.get_item(old - 1 - kept) === found[found.length - 1 - kept]
    )
      kept += 1;
    this.shown.splice(0, old - kept, found.slice(0, found.length - kept));
  }
}

function dropDown(label: string, names: readonly string[]): Gtk.DropDown {
  const down = Gtk.DropDown.new_from_strings([...names]);
  down.hexpand = true;
  down.tooltip_text = label;
  // The button within has the focus, so a screen reader tells its name; newer GTK takes that from the whole.
  const tellChoice = (): void => {
    const choice = `${label}: ${names[down.selected] ?? ''}`;
    for (const widget of [down, down.get_first_child()])
      if (widget !== null) setAccessibleName(widget, choice);
  };
  down.connect('notify::selected', tellChoice);
  tellChoice();
  return down;
}

function rowFactory(): Gtk.SignalListItemFactory {
  const factory = new Gtk.SignalListItemFactory();
  factory.connect('setup', (_factory, item) => {
    if (item instanceof Gtk.ListItem) item.child = new LogRow();
  });
  factory.connect('bind', (_factory, item) => {
    if (!(item instanceof Gtk.ListItem)) return;
    const { child, item: shown } = item;
    if (!(child instanceof LogRow && shown instanceof LogItem)) return;
    child.tell(shown.event);
    nameRow(item, child);
  });
  return factory;
}

/** A row has no name of its own, and before GTK 4.12 no property for one. */
function nameRow(item: Gtk.ListItem, { words, parent }: LogRow): void {
  if ('accessible_label' in item) item.accessible_label = words;
  else if ((parent as Gtk.Widget | null) !== null) setAccessibleName(parent, words);
}
