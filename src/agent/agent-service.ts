import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { _ } from '../io/text.js';
import type { Operations } from './operations.js';

const interfaceName = 'io.github.escproject.Esc.Agent1';

/** Who has told something, until they leave the bus. */
interface Caller {
  readonly watch: number;
  active: boolean;
}

/**
 * io.github.escproject.Esc.Agent1: what windows and command lines tell the agent. Its description is installed
 * among the D-Bus interfaces.
 */
export class AgentService {
  private readonly callers = new Map<string, Caller>();
  private readonly exported: Gio.DBusExportedObject;

  /** @param windowChanged called when a window came to the front or left it. */
  public constructor(
    private readonly connection: Gio.DBusConnection,
    path: string,
    pkgdatadir: string,
    private readonly operations: Operations,
    private readonly windowChanged: (active: boolean) => void,
  ) {
    const folders = [GLib.path_get_dirname(pkgdatadir), 'dbus-1', 'interfaces', `${interfaceName}.xml`];
    const description = new TextDecoder().decode(GLib.file_get_contents(GLib.build_filenamev(folders))[1]);
    this.exported = Gio.DBusExportedObject.wrapJSObject(description, this.methods());
    this.exported.export(connection, path);
  }

  public close(): void {
    this.exported.unexport();
    for (const { watch } of this.callers.values()) Gio.bus_unwatch_name(watch);
    this.callers.clear();
  }

  private methods(): object {
    const { operations } = this;
    const told =
      <T extends unknown[]>(take: (caller: string, ...values: T) => void) =>
      (values: T, invocation: Gio.DBusMethodInvocation): void => {
        const sender = invocation.get_sender() ?? '';
        try {
          this.watch(sender);
          take(sender, ...values);
          invocation.return_value(null);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          invocation.return_dbus_error('org.freedesktop.DBus.Error.InvalidArgs', error.message);
        }
      };
    return {
      BeginOperationAsync: told<[number, string, string]>((caller, id, kind, reader) => {
        operations.begin(caller, id, kind, reader);
      }),
      ReportProgressAsync: told<[number, number]>((caller, id, fraction) => {
        operations.advance(caller, id, fraction);
      }),
      EndOperationAsync: told<[number, string, string]>((caller, id, code, sentence) => {
        operations.end(caller, id, { code, sentence });
      }),
      SetWindowActiveAsync: told<[boolean]>((caller, active) => this.setActive(caller, active)),
    };
  }

  private watch(name: string): void {
    if (this.callers.has(name)) return;
    const { NONE } = Gio.BusNameWatcherFlags;
    const watch = Gio.bus_watch_name_on_connection(this.connection, name, NONE, null, () => this.left(name));
    this.callers.set(name, { watch, active: false });
  }

  private left(name: string): void {
    const caller = this.callers.get(name);
    if (caller === undefined) return;
    Gio.bus_unwatch_name(caller.watch);
    this.setActive(name, false);
    this.callers.delete(name);
    const sentence = _('The program that worked on the card has ended.');
    this.operations.forget(name, { code: 'internal', sentence });
  }

  private setActive(name: string, active: boolean): void {
    const before = this.isActive();
    const caller = this.callers.get(name);
    if (caller !== undefined) caller.active = active;
    if (this.isActive() !== before) this.windowChanged(!before);
  }

  private isActive(): boolean {
    return [...this.callers.values()].some(({ active }) => active);
  }
}
