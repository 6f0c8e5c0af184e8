import Gio from 'gi://Gio';

/** Who tells that the screen is locked, or that the machine is about to sleep; and, with false, that this is over. */
const signals = [
  [Gio.BusType.SESSION, 'org.gnome.ScreenSaver', 'ActiveChanged'],
  [Gio.BusType.SESSION, 'org.freedesktop.ScreenSaver', 'ActiveChanged'],
  [Gio.BusType.SYSTEM, 'org.freedesktop.login1.Manager', 'PrepareForSleep'],
] as const;

/** Calls `returned` when somebody comes back to the session. Nothing wakes up for it before. @returns ends that */
export function onSessionReturn(returned: () => void): () => void {
  const ends = signals.flatMap(([bus, name, signal]) => {
    const connection = busOrNone(bus);
    if (connection === undefined) return [];
    const id = connection.signal_subscribe(
      null,
      name,
      signal,
      null,
      null,
      Gio.DBusSignalFlags.NONE,
      (_connection, _sender, _path, _name, _signal, parameters) => {
        if (parameters.get_type_string() !== '(b)') return;
        const [away] = parameters.deepUnpack<[boolean]>();
        if (!away) returned();
      },
    );
    return [() => connection.signal_unsubscribe(id)];
  });
  return () => {
    for (const end of ends) end();
  };
}

function busOrNone(bus: Gio.BusType): Gio.DBusConnection | undefined {
  try {
    return Gio.bus_get_sync(bus, null);
  } catch {
    return undefined;
  }
}
