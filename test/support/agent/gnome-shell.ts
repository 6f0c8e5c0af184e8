import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { eventually } from '../pcsc/waiting.js';
import { end } from '../processes.js';
import type { Desktop } from './desktop.js';

const run = promisify(execFile);

/** What shows the icons of the notification area in GNOME. */
const extension = 'ubuntu-appindicators@ubuntu.com';
const shell = { name: 'org.gnome.Shell', path: '/org/gnome/Shell', interface: 'org.gnome.Shell' };

/** For the programs of a session that GNOME Shell shows; its bus starts them, so it must have it. */
export const onGnomeShell: NodeJS.ProcessEnv = {
  WAYLAND_DISPLAY: 'wayland-esc',
  GDK_BACKEND: 'wayland',
  GSK_RENDERER: 'cairo',
  LIBGL_ALWAYS_SOFTWARE: '1',
  XDG_CURRENT_DESKTOP: 'GNOME',
  NO_AT_BRIDGE: '1',
};

/** Presses and lets go the first button of a pointer on an actor; `actor` stands before it. */
const clickOnActor = `
  const { Clutter, GLib } = imports.gi;
  const seat = Clutter.get_default_backend().get_default_seat();
  global.testPointer ??= seat.create_virtual_device(Clutter.InputDeviceType.POINTER_DEVICE);
  const [x, y] = actor.get_transformed_position();
  const now = () => GLib.get_monotonic_time();
  global.testPointer.notify_absolute_motion(now(), x + actor.width / 2, y + actor.height / 2);
  global.testPointer.notify_button(now(), Clutter.BUTTON_PRIMARY, Clutter.ButtonState.PRESSED);
  global.testPointer.notify_button(now(), Clutter.BUTTON_PRIMARY, Clutter.ButtonState.RELEASED);
  return true;`;

/** Without a keyboard no window gets the focus. A key is pressed, since only that makes it one. */
const addKeyboard = `(() => {
  const { Clutter, GLib } = imports.gi;
  const seat = Clutter.get_default_backend().get_default_seat();
  global.testKeyboard = seat.create_virtual_device(Clutter.InputDeviceType.KEYBOARD_DEVICE);
  const now = () => GLib.get_monotonic_time();
  global.testKeyboard.notify_keyval(now(), Clutter.KEY_Shift_L, Clutter.KeyState.PRESSED);
  global.testKeyboard.notify_keyval(now(), Clutter.KEY_Shift_L, Clutter.KeyState.RELEASED);
  return true;
})()`;

const icon = `Object.entries(Main.panel.statusArea).find(([name]) => name.startsWith('appindicator-'))?.[1]`;
const menuItems = `${icon}.menu._getMenuItems().filter(item => item.label?.text)`;

export interface GnomeNotice {
  readonly title: string;
  readonly body: string;
}

/** A GNOME Shell without a monitor, in the session of a Desktop whose environment has `onGnomeShell`. */
export class GnomeShell {
  private constructor(
    private readonly desktop: Desktop,
    private readonly processes: readonly ChildProcess[],
  ) {}

  public static async start(desktop: Desktop, withExtension: boolean): Promise<GnomeShell> {
    const settings = {
      'enabled-extensions': withExtension ? `['${extension}']` : '[]',
      'disable-user-extensions': 'false',
      'welcome-dialog-last-shown-version': '99',
    };
    for (const [key, value] of Object.entries(settings))
      await run('gsettings', ['set', 'org.gnome.shell', key, value], { env: desktop.environment });
    // It looks for services of the system, and must not find those of this machine.
    const system = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [address] = (await once(system.stdout, 'data')) as [Buffer];
    const options = ['--headless', '--unsafe-mode', '--virtual-monitor', '1280x800'];
    const display = ['--wayland-display', onGnomeShell.WAYLAND_DISPLAY ?? ''];
    const process = spawn('gnome-shell', [...options, ...display], {
      env: {
        ...desktop.environment,
        GNOME_SHELL_SESSION_MODE: 'user',
        DBUS_SYSTEM_BUS_ADDRESS: address.toString().trim(),
      },
      stdio: 'ignore',
    });
    const started = new GnomeShell(desktop, [process, system]);
    try {
      await started.settle();
      return started;
    } catch (error) {
      await started.end();
      throw error;
    }
  }

  public hasIcon(): Promise<boolean> {
    return this.evaluate(`${icon}?.visible === true`);
  }

  /** The file of the picture that the icon shows; empty while it shows none. */
  public iconFile(): Promise<string> {
    return this.evaluate(`${icon}?._icon?.gicon?.get_icon()?.to_string() ?? ''`);
  }

  /** Opens the menu of the icon, or closes it, by a click. */
  public async clickIcon(): Promise<void> {
    await this.evaluate(`(() => { const actor = ${icon}; ${clickOnActor} })()`);
  }

  /** The lines of the menu that is open. */
  public menu(): Promise<readonly string[]> {
    const isOpen = `${icon}.menu.isOpen && ${icon}.menu._boxPointer.opacity === 255`;
    return this.evaluate(`${isOpen} ? ${menuItems}.map(item => item.label.text) : []`);
  }

  public async clickMenu(label: string): Promise<void> {
    const item = `${menuItems}.find(item => item.label.text === ${JSON.stringify(label)})`;
    await this.evaluate(`(() => { const actor = ${item}; ${clickOnActor} })()`);
  }

  /** The title of the window in front; empty when there is none. */
  public windowInFront(): Promise<string> {
    return this.evaluate(`global.display.focus_window?.title ?? ''`);
  }

  public async closeWindow(): Promise<void> {
    await this.evaluate('global.display.focus_window?.delete(global.get_current_time())');
  }

  public notices(): Promise<readonly GnomeNotice[]> {
    const notice = '({ title: n.title, body: n.bannerBodyText })';
    return this.evaluate(`Main.messageTray.getSources().flatMap(s => s.notifications.map(n => ${notice}))`);
  }

  /** The title of the notification that pops up, once it is all there; empty when there is none. */
  public banner(): Promise<string> {
    const tray = 'Main.messageTray';
    const isThere = `${tray}._notificationState === 2 && ${tray}._bannerBin.opacity === 255`;
    return this.evaluate(`${isThere} ? ${tray}._notification?.title ?? '' : ''`);
  }

  /** The screen, without the sign that this shell takes orders from tests. */
  public async picture(file: string): Promise<void> {
    await this.evaluate('Main.panel.statusArea.quickSettings?._unsafeMode?.hide()');
    const name = 'org.gnome.Shell.Screenshot';
    const method = { name, path: '/org/gnome/Shell/Screenshot', interface: name, method: 'Screenshot' };
    await this.desktop.call(method, '(bbs)', false, false, file);
  }

  public async end(): Promise<void> {
    for (const process of this.processes) await end(process, 'SIGKILL');
  }

  /** Waits until it is there and shows an empty desktop. */
  private async settle(): Promise<void> {
    const isUp = (): Promise<boolean> =>
      // Its name is there before what it offers under it.
      this.evaluate<boolean>('!Main.layoutManager._startingUp').catch(() => false);
    await eventually(isUp);
    await this.evaluate(addKeyboard);
    await this.evaluate('Main.overview.hide()');
    await eventually(() => this.evaluate<boolean>('!Main.overview.visible'));
    // To root it says that nobody should work as root.
    await this.evaluate('Main.messageTray.getSources().forEach(source => source.destroy())');
    await eventually(() => this.evaluate<boolean>('Main.messageTray._banner === null'));
  }

  /** Evaluates JavaScript in the shell. */
  private async evaluate<T>(script: string): Promise<T> {
    const answer = await this.desktop.call({ ...shell, method: 'Eval' }, '(s)', script);
    const [done, value] = answer as [boolean, string];
    if (!done) throw new Error(`${script}: ${value}`);
    return (value === '' ? undefined : JSON.parse(value)) as T;
  }
}
