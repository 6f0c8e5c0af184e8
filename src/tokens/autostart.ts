import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { isSandboxed } from '../io/sandbox.js';
import { _ } from '../io/text.js';
import type { Settings } from './settings.js';

/** The session's entry, which is installed for all users; a file of that name hides it for one. */
const entry = 'io.github.escproject.Esc.Agent.desktop';
const portal = 'org.freedesktop.portal.Desktop';
const portalPath = '/org/freedesktop/portal/desktop';
const override = '[Desktop Entry]\nType=Application\nName=Smart Card Manager\nExec=escd\nHidden=true\n';

/**
 * Keeps what starts the agent with the session in step with the settings. Under Flatpak that is the portal
 * org.freedesktop.portal.Background, elsewhere the user's own file in the autostart folder, which is there only to
 * switch the entry off (Desktop Application Autostart Specification).
 * @returns ends it
 */
export function keepAutostart(settings: Settings, connection: Gio.DBusConnection): () => void {
  const { store } = settings;
  const sandboxed = isSandboxed();
  const keep = (): void => {
    try {
      if (sandboxed) askPortal(connection, settings);
      else if (settings.autostart) removeOverride();
      else writeOverride();
    } catch (error) {
      logError(error as object, 'the start with the session cannot be changed');
    }
  };
  const handler = store.connect('changed::autostart', keep);
  // A file that the user made by other means is left alone until the setting is changed.
  if (sandboxed || !settings.autostart) keep();
  return () => store.disconnect(handler);
}

function overrideFile(): Gio.File {
  return Gio.File.new_for_path(GLib.build_filenamev([GLib.get_user_config_dir(), 'autostart', entry]));
}

function writeOverride(): void {
  const file = overrideFile();
  if (file.query_exists(null)) {
    const [, contents] = file.load_contents(null);
    if (new TextDecoder().decode(contents) === override) return;
  }
  GLib.mkdir_with_parents(file.get_parent()?.get_path() ?? '', 0o700);
  file.replace_contents(new TextEncoder().encode(override), null, false, Gio.FileCreateFlags.NONE, null);
}

function removeOverride(): void {
  const file = overrideFile();
  if (file.query_exists(null)) file.delete(null);
}

/** The portal asks the user, once, and remembers. Where the answer is no, the setting follows it. */
function askPortal(connection: Gio.DBusConnection, settings: Settings): void {
  const { autostart } = settings;
  const token = `esc_${GLib.uuid_string_random().replaceAll('-', '_')}`;
  const options = {
    handle_token: new GLib.Variant('s', token),
    reason: new GLib.Variant('s', _('Smart Card Manager waits for smart cards in the background.')),
    autostart: new GLib.Variant('b', autostart),
    commandline: new GLib.Variant('as', ['escd', '--session']),
    'dbus-activatable': new GLib.Variant('b', false),
  };
  const forget = onResponse(connection, token, granted => {
    if (autostart) settings.tellAutostart(granted);
  });
  connection.call(
    portal,
    portalPath,
    'org.freedesktop.portal.Background',
    'RequestBackground',
    new GLib.Variant('(sa{sv})', ['', options]),
    null,
    Gio.DBusCallFlags.NONE,
    -1,
    null,
    (_connection, result) => {
      try {
        connection.call_finish(result);
      } catch (error) {
        forget();
        logError(error as object, 'the background portal');
      }
    },
  );
}

/**
 * Hears the answer to a request to the portal (org.freedesktop.portal.Request), once.
 * @param token what the request was given as its `handle_token`
 * @param tell whether the start with the session was granted
 * @returns hears it no more
 */
function onResponse(
  connection: Gio.DBusConnection,
  token: string,
  tell: (granted: boolean) => void,
): () => void {
  const sender = (connection.get_unique_name() ?? '').slice(1).replaceAll('.', '_');
  const forget = (): void => connection.signal_unsubscribe(subscription);
  const subscription = connection.signal_subscribe(
    portal,
    'org.freedesktop.portal.Request',
    'Response',
    `${portalPath}/request/${sender}/${token}`,
    null,
    Gio.DBusSignalFlags.NONE,
    (_connection, _sender, _path, _interface, _signal, parameters) => {
      forget();
      const [response, results] = parameters.recursiveUnpack<[number, { autostart?: boolean }]>();
      tell(response === 0 && results.autostart === true);
    },
  );
  return forget;
}
