import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

export const agentName = 'io.github.escproject.Esc.Agent';
const bus = 'org.freedesktop.DBus';

/** Starts the agent where it does not run, and waits for it. @throws GLib.Error when it cannot be started */
export function startAgentNow(): void {
  Gio.bus_get_sync(Gio.BusType.SESSION, null).call_sync(...startingTheAgent());
}

/** The call that does. */
export function startingTheAgent(): [
  string,
  string,
  string,
  string,
  GLib.Variant,
  null,
  Gio.DBusCallFlags,
  -1,
  null,
] {
  const name = new GLib.Variant('(su)', [agentName, 0]);
  return [bus, '/', bus, 'StartServiceByName', name, null, Gio.DBusCallFlags.NONE, -1, null];
}
