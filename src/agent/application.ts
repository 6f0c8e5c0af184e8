import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import { openCards } from '../tokens/cards.js';
import { openLog } from '../tokens/log/open.js';
import { LogWatcher } from '../tokens/log/watcher.js';
import type { Installation } from '../tokens/model.js';
import type { Registry } from '../tokens/registry.js';
import { Settings } from '../tokens/settings.js';
import { Agent } from './agent.js';

const windowId = 'io.github.escproject.Esc';
const windowPath = '/io/github/escproject/Esc';

/** The program `escd`: one instance a session, without a window. */
export class AgentApplication extends Gio.Application {
  static {
    GObject.registerClass({ GTypeName: 'EscAgentApplication' }, this);
  }

  private registry: Registry | undefined;
  private watcher: LogWatcher | undefined;
  private agent: Agent | undefined;

  public constructor(private readonly installation: Installation) {
    super({ application_id: `${windowId}.Agent`, flags: Gio.ApplicationFlags.IS_SERVICE });
  }

  public override vfunc_startup(): void {
    super.vfunc_startup();
    this.hold();
    this.registry = openCards(this.installation, Settings.open(this.installation.schemadir));
    this.watcher = new LogWatcher(this.registry, openLog(this.installation));
    this.agent = new Agent(this.registry, () => this.openWindow());
  }

  public override vfunc_shutdown(): void {
    this.agent?.close();
    this.watcher?.close();
    this.registry?.close();
    super.vfunc_shutdown();
  }

  /** By D-Bus activation, which starts the window or raises the one that is open. */
  private openWindow(): void {
    const platformData = new GLib.Variant('(a{sv})', [{}]);
    this.get_dbus_connection()?.call(
      windowId,
      windowPath,
      'org.freedesktop.Application',
      'Activate',
      platformData,
      null,
      Gio.DBusCallFlags.NONE,
      -1,
      null,
      (connection, result) => {
        try {
          connection?.call_finish(result);
        } catch (error) {
          logError(error as object, 'the window cannot be opened');
        }
      },
    );
  }
}
