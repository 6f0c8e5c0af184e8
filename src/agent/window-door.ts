import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { gioCall } from '../io/network-call.js';

const bus = 'org.freedesktop.DBus';
const windowName = 'io.github.escproject.Esc';
const windowPath = '/io/github/escproject/Esc';

/** The way to the window's program, which D-Bus starts when it does not run. */
export class WindowDoor {
  /** What lets the next window come to the front: the desktop gave it with the user's click. */
  public activationToken = '';

  public constructor(private readonly connection: Gio.DBusConnection) {}

  /** Runs an action of the program, which opens or raises the window. */
  public open(action: string, cuid?: string): void {
    const parameter = cuid === undefined ? [] : [new GLib.Variant('s', cuid)];
    this.call(action, parameter, Gio.DBusCallFlags.NONE);
  }

  /** Whether the window's program runs. */
  public async isOpen(): Promise<boolean> {
    const name = new GLib.Variant('(s)', [windowName]);
    const { NONE } = Gio.DBusCallFlags;
    const answer = await gioCall(
      done => this.connection.call(bus, '/', bus, 'NameHasOwner', name, null, NONE, -1, null, done),
      result => this.connection.call_finish(result),
    );
    return answer.deepUnpack<[boolean]>()[0];
  }

  /** Asks a program that runs to quit; the window asks back while an operation runs. */
  public quit(): void {
    this.call('quit', [], Gio.DBusCallFlags.NO_AUTO_START);
  }

  private call(action: string, parameter: GLib.Variant[], flags: Gio.DBusCallFlags): void {
    this.connection.call(
      windowName,
      windowPath,
      'org.freedesktop.Application',
      'ActivateAction',
      new GLib.Variant('(sava{sv})', [action, parameter, this.platformData()]),
      null,
      flags,
      -1,
      null,
      (connection, result) => {
        try {
          connection?.call_finish(result);
        } catch (error) {
          if ((flags & Gio.DBusCallFlags.NO_AUTO_START) === 0)
            logError(error as object, 'the window cannot be opened');
        }
      },
    );
  }

  private platformData(): Record<string, GLib.Variant> {
    const token = this.activationToken;
    this.activationToken = '';
    if (token === '') return {};
    const value = new GLib.Variant('s', token);
    // The name on Wayland, and the name on X11.
    return { 'activation-token': value, 'desktop-startup-id': value };
  }
}
