import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import statusNotifierItem from './status-notifier-item.xml';

const applicationId = 'io.github.escproject.Esc';
const sizes = [22, 48];
const interfaceName = 'org.kde.StatusNotifierItem';
const menuPath = '/StatusNotifierItem/Menu';

export type TrayIcon = 'no-card' | 'card' | 'busy' | 'error';

/** What the icon tells now. */
export interface TrayStatus {
  readonly icon: TrayIcon;
  readonly title: string;
  /** Below the title in the tooltip. */
  readonly text: string;
}

export interface TrayListener {
  /** A click on the icon itself. */
  activated(): void;
  /** For the window that the next click opens. */
  activationToken(token: string): void;
}

/** Called with connection, sender, path and interface first. */
type MethodCall = (
  ...call: [...where: Where, method: string, parameters: GLib.Variant, invocation: Gio.DBusMethodInvocation]
) => void;
type PropertyGet = (...get: [...where: Where, name: string]) => GLib.Variant | undefined;
type Where = [connection: Gio.DBusConnection, sender: string, path: string, name: string];

/** The icon for its host: org.kde.StatusNotifierItem. */
export class TrayItem {
  public static readonly path = '/StatusNotifierItem';
  public static readonly menuPath = menuPath;
  private readonly description = Gio.DBusNodeInfo.new_for_xml(statusNotifierItem).lookup_interface(
    interfaceName,
  ) as Gio.DBusInterfaceInfo;
  /** GJS 1.74 never gives back a value that it made for D-Bus, and hosts ask for the pixels with each change. */
  private readonly pixmaps = new Map<TrayIcon, GLib.Variant>();
  private exported: { readonly connection: Gio.DBusConnection; readonly id: number } | undefined;

  /** @param pkgdatadir where the pixels lie, for hosts that do not find the icon by its name. */
  public constructor(
    private status: TrayStatus,
    private readonly pkgdatadir: string,
    private readonly listener: TrayListener,
  ) {}

  public export(connection: Gio.DBusConnection): void {
    const call: MethodCall = (_connection, _sender, _path, _interface, method, parameters, invocation) => {
      this.called(method, parameters);
      invocation.return_value(null);
    };
    const get: PropertyGet = (_connection, _sender, _path, _interface, name) => this.property(name);
    const id = connection.register_object(TrayItem.path, this.description, call, get, null);
    this.exported = { connection, id };
  }

  public unexport(): void {
    this.exported?.connection.unregister_object(this.exported.id);
    this.exported = undefined;
  }

  public update(status: TrayStatus): void {
    const before = this.status;
    this.status = status;
    if (status.icon !== before.icon) {
      this.emit('NewIcon');
      this.emit('NewAttentionIcon');
      this.emit('NewStatus', new GLib.Variant('(s)', [this.need()]));
    }
    if (status.title !== before.title || status.text !== before.text) this.emit('NewToolTip');
  }

  private emit(signal: string, parameters: GLib.Variant | null = null): void {
    this.exported?.connection.emit_signal(null, TrayItem.path, interfaceName, signal, parameters);
  }

  private need(): string {
    return this.status.icon === 'error' ? 'NeedsAttention' : 'Active';
  }

  private called(method: string, parameters: GLib.Variant): void {
    // Hosts show the menu by themselves, and nothing is there to scroll.
    if (method === 'Activate' || method === 'SecondaryActivate') this.listener.activated();
    else if (method === 'ProvideXdgActivationToken') {
      const [token] = parameters.deepUnpack<[string]>();
      this.listener.activationToken(token);
    }
  }

  /** @returns undefined where there is no such property */
  private property(name: string): GLib.Variant | undefined {
    if (name === 'IconPixmap' || name === 'AttentionIconPixmap') return this.pixmapsOf(this.status.icon);
    const type = this.description.lookup_property(name)?.signature;
    const value = this.values()[name];
    return type === undefined || value === undefined ? undefined : new GLib.Variant(type, value);
  }

  private values(): Readonly<Record<string, unknown>> {
    const iconName = `${applicationId}-${this.status.icon}-symbolic`;
    const { title, text } = this.status;
    return {
      Category: 'Hardware',
      Id: applicationId,
      Title: title,
      Status: this.need(),
      WindowId: 0,
      IconName: iconName,
      IconThemePath: GLib.build_filenamev([GLib.path_get_dirname(this.pkgdatadir), 'icons']),
      AttentionIconName: iconName,
      OverlayIconName: '',
      OverlayIconPixmap: [],
      ToolTip: [iconName, [], title, text],
      ItemIsMenu: false,
      Menu: menuPath,
    };
  }

  /** Of each size: width, height, and 4 bytes a pixel: alpha, red, green, blue. */
  private pixmapsOf(icon: TrayIcon): GLib.Variant {
    const known = this.pixmaps.get(icon);
    if (known !== undefined) return known;
    const pixmaps = sizes.map((size): [number, number, Uint8Array] => {
      const file = `${this.pkgdatadir}/tray/${icon}-${size}.argb`;
      return [size, size, GLib.file_get_contents(file)[1]];
    });
    const made = new GLib.Variant('a(iiay)', pixmaps);
    this.pixmaps.set(icon, made);
    return made;
  }
}
