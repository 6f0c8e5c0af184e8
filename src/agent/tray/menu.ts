import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import dbusmenu from './dbusmenu.xml';

/** A line of the menu; without a label it is a separator. */
export interface MenuItem {
  /** Tells the line from all others, also later ones. */
  readonly key: string;
  readonly label?: string;
  /** Nothing to click on without it. */
  readonly run?: () => void;
}

interface Line {
  readonly id: number;
  readonly item: MenuItem;
}

type Properties = Record<string, GLib.Variant>;
type Layout = readonly [number, Properties, readonly GLib.Variant[]];
type MenuEvent = readonly [id: number, event: string, data: unknown, time: number];

const root = 0;

/** The tray's menu for its host: com.canonical.dbusmenu, version 3 of the protocol, without submenus. */
export class TrayMenu {
  private lines: readonly Line[] = [];
  private lastId = root;
  private revision = 1;
  private readonly exported: Gio.DBusExportedObject;

  public constructor() {
    this.exported = Gio.DBusExportedObject.wrapJSObject(dbusmenu, this.methods());
  }

  public export(connection: Gio.DBusConnection, path: string): void {
    this.exported.export(connection, path);
  }

  public unexport(): void {
    this.exported.unexport();
  }

  public update(items: readonly MenuItem[]): void {
    const before = this.lines;
    this.lines = items.map(item => ({
      id: before.find(line => line.item.key === item.key)?.id ?? (this.lastId += 1),
      item,
    }));
    const changed = this.lines.filter((line, i) => !looksLike(line, before[i]));
    const sameLines =
      this.lines.length === before.length && this.lines.every(({ id }, i) => id === before[i]?.id);
    if (!sameLines) {
      this.revision += 1;
      this.emit('LayoutUpdated', '(ui)', [this.revision, root]);
    } else if (changed.length > 0) {
      const properties = changed.map(line => [line.id, propertiesOf(line)]);
      this.emit('ItemsPropertiesUpdated', '(a(ia{sv})a(ias))', [properties, []]);
    }
  }

  private emit(signal: string, signature: string, values: unknown[]): void {
    this.exported.emit_signal(signal, new GLib.Variant(signature, values));
  }

  private methods(): object {
    return {
      Version: 3,
      Status: 'normal',
      TextDirection: isRightToLeft() ? 'rtl' : 'ltr',
      IconThemePath: [],
      GetLayout: (parent: number) => [this.revision, this.layoutOf(parent)],
      GetGroupProperties: (ids: readonly number[]) =>
        this.lines.filter(({ id }) => ids.length === 0 || ids.includes(id)).map(l => [l.id, propertiesOf(l)]),
      GetProperty: (id: number, name: string) => this.propertiesOfId(id)[name] ?? new GLib.Variant('s', ''),
      Event: (...event: MenuEvent) => void this.take(event),
      EventGroup: (events: readonly MenuEvent[]) =>
        events.filter(event => !this.take(event)).map(([id]) => id),
      AboutToShow: () => false,
      AboutToShowGroup: () => [[], []],
    };
  }

  private layoutOf(parent: number): Layout {
    const children = parent === root ? this.lines : [];
    return [
      parent,
      this.propertiesOfId(parent),
      children.map(line => new GLib.Variant('(ia{sv}av)', [line.id, propertiesOf(line), []])),
    ];
  }

  private propertiesOfId(id: number): Properties {
    if (id === root) return { 'children-display': new GLib.Variant('s', 'submenu') };
    const line = this.lines.find(other => other.id === id);
    return line === undefined ? {} : propertiesOf(line);
  }

  /** @returns false for a line that is not there any more. */
  private take([id, event]: MenuEvent): boolean {
    const line = this.lines.find(other => other.id === id);
    if (event === 'clicked') line?.item.run?.();
    return line !== undefined || id === root;
  }
}

function propertiesOf({ item: { label, run } }: Line): Properties {
  if (label === undefined) return { type: new GLib.Variant('s', 'separator') };
  return {
    // An underscore marks the access key.
    label: new GLib.Variant('s', label.replaceAll('_', '__')),
    enabled: new GLib.Variant('b', run !== undefined),
  };
}

function looksLike({ item }: Line, other: Line | undefined): boolean {
  return item.label === other?.item.label && (item.run === undefined) === (other?.item.run === undefined);
}

/** Gtk is not there to ask. */
function isRightToLeft(): boolean {
  return ['ar', 'fa', 'he', 'ur', 'yi'].includes((GLib.get_language_names()[0] ?? '').slice(0, 2));
}
