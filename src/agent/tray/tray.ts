import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { TrayItem, type TrayListener, type TrayStatus } from './item.js';
import { TrayMenu, type MenuItem } from './menu.js';

const watcher = 'org.kde.StatusNotifierWatcher';

/** The icon in the notification area, wherever and whenever the desktop has one. */
export class Tray {
  private readonly item: TrayItem;
  private readonly menu = new TrayMenu();
  private readonly watch: number;

  public constructor(
    private readonly connection: Gio.DBusConnection,
    pkgdatadir: string,
    status: TrayStatus,
    listener: TrayListener,
  ) {
    this.item = new TrayItem(status, pkgdatadir, listener);
    this.item.export(connection);
    this.menu.export(connection, TrayItem.menuPath);
    this.watch = Gio.bus_watch_name_on_connection(
      connection,
      watcher,
      Gio.BusNameWatcherFlags.NONE,
      () => this.register(),
      null,
    );
  }

  public update(status: TrayStatus, items: readonly MenuItem[]): void {
    this.item.update(status);
    this.menu.update(items);
  }

  public close(): void {
    Gio.bus_unwatch_name(this.watch);
    this.menu.unexport();
    this.item.unexport();
  }

  /** By the path alone, which needs no name on the bus of its own: the watcher takes the caller's. */
  private register(): void {
    this.connection.call(
      watcher,
      '/StatusNotifierWatcher',
      watcher,
      'RegisterStatusNotifierItem',
      new GLib.Variant('(s)', [TrayItem.path]),
      null,
      Gio.DBusCallFlags.NO_AUTO_START,
      -1,
      null,
      (connection, result) => {
        try {
          connection?.call_finish(result);
        } catch {
          // A host that cannot show it: nothing is lost.
        }
      },
    );
  }
}
