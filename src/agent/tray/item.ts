import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import statusNotifierItem from './status-notifier-item.xml';

const applicationId = 'io.github.escproject.Esc';
const sizes = [22, 48];
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

/** Pixels of the icon: width, height, and 4 bytes each: alpha, red, green, blue. */
type Pixmap = readonly [number, number, Uint8Array];

/** The icon for its host: org.kde.StatusNotifierItem. */
export class TrayItem {
  public static readonly path = '/StatusNotifierItem';
  public static readonly menuPath = menuPath;
  private readonly exported: Gio.DBusExportedObject;

  /** @param pkgdatadir where the pixels lie, for hosts that do not find the icon by its name. */
  public constructor(
    private status: TrayStatus,
    private readonly pkgdatadir: string,
    private readonly listener: TrayListener,
  ) {
    this.exported = Gio.DBusExportedObject.wrapJSObject(statusNotifierItem, this.properties());
  }

  public export(connection: Gio.DBusConnection): void {
    this.exported.export(connection, TrayItem.path);
  }

  public unexport(): void {
    this.exported.unexport();
  }

  public update(status: TrayStatus): void {
    const before = this.status;
    this.status = status;
    if (status.icon !== before.icon) {
      this.emit('NewIcon');
      this.emit('NewAttentionIcon');
      this.exported.emit_signal('NewStatus', new GLib.Variant('(s)', [this.need()]));
    }
    if (status.title !== before.title || status.text !== before.text) this.emit('NewToolTip');
  }

  private emit(signal: string): void {
    this.exported.emit_signal(signal, new GLib.Variant('()', []));
  }

  private need(): string {
    return this.status.icon === 'error' ? 'NeedsAttention' : 'Active';
  }

  private properties(): object {
    const { listener } = this;
    const properties = {
      Category: 'Hardware',
      Id: applicationId,
      WindowId: 0,
      OverlayIconName: '',
      OverlayIconPixmap: [],
      ItemIsMenu: false,
      Menu: menuPath,
      IconThemePath: GLib.build_filenamev([GLib.path_get_dirname(this.pkgdatadir), 'icons']),
      Activate: () => listener.activated(),
      SecondaryActivate: () => listener.activated(),
      // Hosts show the menu by themselves.
      ContextMenu: () => undefined,
      Scroll: () => undefined,
      ProvideXdgActivationToken: (token: string) => listener.activationToken(token),
    };
    const iconName = (): string => `${applicationId}-${this.status.icon}-symbolic`;
    return Object.defineProperties(properties, {
      Title: { get: () => this.status.title },
      Status: { get: () => this.need() },
      IconName: { get: iconName },
      AttentionIconName: { get: iconName },
      IconPixmap: { get: () => this.pixmaps() },
      AttentionIconPixmap: { get: () => this.pixmaps() },
      ToolTip: { get: () => [iconName(), [], this.status.title, this.status.text] },
    });
  }

  private pixmaps(): Pixmap[] {
    return sizes.map(size => {
      const file = `${this.pkgdatadir}/tray/${this.status.icon}-${size}.argb`;
      return [size, size, GLib.file_get_contents(file)[1]];
    });
  }
}
