import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { ended } from '../processes.js';
import { environmentOf, type Look } from './look.js';

export type { Look } from './look.js';

export interface Shown {
  /** Of its own in its program. */
  readonly path: string;
  readonly role: string;
  readonly name: string;
  readonly states: readonly string[];
}

/** Of one window, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
  /** The least that it can do with. */
  readonly least_width: number;
  readonly least_height: number;
}

/** The roles of what a person works with, as AT-SPI calls them. */
const controls: ReadonlySet<string> = new Set([
  'check box',
  'combo box',
  'link',
  'menu item',
  'password text',
  'push button',
  'radio button',
  'slider',
  'spin button',
  'switch',
  'text',
  'toggle button',
]);

export interface Display {
  readonly name: string;
  readonly server: ChildProcess;
}

const root = resolve(import.meta.dirname, '../../..');
let displays = 0;

/**
 * An X server with a number that no other process of the tests uses: servers that choose one by themselves
 * meet each other's files while they start and end.
 */
export function startDisplay(width: number, height: number): Promise<Display> {
  const name = `:${1000 + ((process.pid * 32 + displays++) % 50_000)}`;
  // It would start afresh when its first client, that of the screen reader's bus, goes: nobody can connect meanwhile.
  const screen = ['-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'];
  const server = spawn('Xvfb', [name, '-displayfd', '3', ...screen], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  return new Promise((fulfil, reject) => {
    server.once('error', reject);
    server.once('exit', code => reject(new Error(`Xvfb ended with ${code ?? 'a signal'}`)));
    // It writes there when it is ready.
    server.stdio[3]?.once('data', () => fulfil({ name, server }));
  });
}

/** For programs that show themselves on a display. */
export function onDisplay({ name }: Display): NodeJS.ProcessEnv {
  return {
    DISPLAY: name,
    GDK_BACKEND: 'x11',
    GSK_RENDERER: 'cairo',
    LIBGL_ALWAYS_SOFTWARE: '1',
    NO_AT_BRIDGE: '0',
  };
}

/** Has GTK ask the desktop for files, as it does under Flatpak. */
export const withPortals: NodeJS.ProcessEnv = { GTK_USE_PORTAL: '1', GDK_DEBUG: 'portals' };

/** A window under a display and a session bus of its own, driven over AT-SPI. */
export class DrivenWindow {
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;
  private errors = '';

  private constructor(private readonly process: ChildProcessWithoutNullStreams) {
    this.lines = createInterface({ input: process.stdout });
    this.answers = this.lines[Symbol.asyncIterator]();
    process.stderr.on('data', (data: Buffer) => (this.errors += data.toString()));
    // What is asked of a driver that has ended is answered by that.
    process.stdin.on('error', () => undefined);
  }

  /**
   * Starts a program on a display of its own.
   * @param by a command that runs its arguments elsewhere, in another copy of this tree, such as as another user.
   */
  public static async start(
    command: readonly string[],
    env: NodeJS.ProcessEnv,
    look: Look = {},
    by: readonly string[] = ['env'],
  ): Promise<DrivenWindow> {
    const display = await startDisplay(look.width ?? 1280, look.height ?? 800);
    const [first = 'env', ...before] = by;
    const session = ['dbus-run-session', '--', '/usr/bin/python3', 'test/support/window/driver.py'];
    const child = spawn(first, [...before, ...session, ...command], {
      cwd: root,
      env: {
        ...env,
        ...onDisplay(display),
        ...environmentOf(look),
      },
    });
    child.once('exit', () => display.server.kill());
    return new DrivenWindow(child);
  }

  /**
   * Drives a program's window in a session that stands, whoever opens it and whenever.
   * @param application its name among the accessible ones
   */
  public static attach(env: NodeJS.ProcessEnv, application = 'io.github.escproject.Esc'): DrivenWindow {
    const driver = join(import.meta.dirname, 'driver.py');
    return new DrivenWindow(
      spawn('/usr/bin/python3', [driver, 'sleep', 'infinity'], {
        env: { ...env, DRIVE_APPLICATION: application },
      }),
    );
  }

  /** What the program wrote to its standard error and output so far. */
  public get output(): string {
    return this.errors;
  }

  public find(role: string, name?: string, timeout = 60): Promise<Shown> {
    return this.ask<Shown>({ do: 'find', role, name, timeout });
  }

  /** Finds by a part of the name. */
  public findPart(role: string, contains: string, timeout = 60): Promise<Shown> {
    return this.ask<Shown>({ do: 'find', role, contains, timeout });
  }

  public async gone(role: string, name?: string, timeout = 60): Promise<void> {
    await this.ask({ do: 'gone', role, name, timeout });
  }

  /** Waits until a person could press it or type there. */
  public async usable(role: string, name: string): Promise<void> {
    await this.ask({ do: 'usable', role, name });
  }

  public async press(role: string, name: string, timeout = 60): Promise<void> {
    await this.ask({ do: 'press', role, name, timeout });
  }

  public async type(role: string, name: string, text: string): Promise<void> {
    await this.ask({ do: 'type', role, name, text });
  }

  /** Runs an action of the application, as a menu does. */
  public async activate(action: string): Promise<void> {
    await this.ask({ do: 'activate', action });
  }

  /** Selects an item of a list. */
  public async select(role: string, name: string): Promise<void> {
    await this.ask({ do: 'select', role, name });
  }

  /** Presses keys, by their names in X11, wherever the focus is. */
  public async key(...names: string[]): Promise<void> {
    await this.ask({ do: 'keys', names });
  }

  /** Presses keys, by their names in X11, once something of a role has the focus. */
  public async keys(role: string, ...names: string[]): Promise<void> {
    await this.ask({ do: 'keys', role, names });
  }

  /** Takes the keyboard's focus from every window, as another program's window in front does. */
  public async unfocus(): Promise<void> {
    await this.ask({ do: 'unfocus' });
  }

  /** Gives the window in front the whole screen, as it has on a phone. */
  public async fill(): Promise<void> {
    await this.ask({ do: 'fill' });
  }

  /** What has the keyboard's focus, once something has. */
  public focused(): Promise<Shown> {
    return this.ask<Shown>({ do: 'focused' });
  }

  /** Goes on by Tab until what has this name has the focus. */
  public async focusOn(name: string): Promise<void> {
    for (let now = await this.focusedNow(); now?.name !== name;) now = await this.tab(now);
  }

  /** Ticks a row by the keyboard: GTK 4.8 lets screen readers press no check box. */
  public async tick(name: string): Promise<void> {
    await this.find('check box', name);
    await this.focusOn(name);
    await this.key('space');
  }

  /** What has the focus after each press of Tab, until it comes round; entries of which nobody tells are left out. */
  public async tabbed(): Promise<readonly Shown[]> {
    const reached: Shown[] = [];
    for (let now = await this.focusedNow(); ; now = await this.tab(now)) {
      if (now === undefined) continue;
      const { path } = now;
      // What had the focus first may be out of the round.
      if (reached.some(other => other.path === path)) return reached;
      reached.push(now);
    }
  }

  /** Presses Tab. @returns what has the focus then */
  private async tab(before: Shown | undefined): Promise<Shown | undefined> {
    await this.key('Tab');
    const end = Date.now() + 5000;
    let now = await this.focusedNow();
    // The focus moves when the key has come through the display.
    while (now !== undefined && now.path === before?.path && Date.now() < end) now = await this.focusedNow();
    return now;
  }

  /** Undefined where AT-SPI tells of nothing, as of an entry of GTK 4.8. */
  private focusedNow(): Promise<Shown | undefined> {
    return this.ask<Shown>({ do: 'focused', timeout: 1 }).catch(() => undefined);
  }

  /** Begins to hear what screen readers say by themselves. */
  public async listen(): Promise<void> {
    await this.ask({ do: 'listen' });
  }

  /** Waits until they said it. @param focus the name of what has the focus, which GTK 4.8 may add */
  public async hear(text: string, focus?: string): Promise<void> {
    await this.ask({ do: 'heard', text, focus });
  }

  /** Of all windows that there are on the display. */
  public async sizes(): Promise<readonly Size[]> {
    return (await this.ask<{ windows: readonly Size[] }>({ do: 'sizes' })).windows;
  }

  public async tree(): Promise<readonly Shown[]> {
    return (await this.ask<{ tree: readonly Shown[] }>({ do: 'tree' })).tree;
  }

  /** Of the dialog that is open, else of all windows. */
  public async inFront(): Promise<readonly Shown[]> {
    return (await this.ask<{ tree: readonly Shown[] }>({ do: 'tree', front: true })).tree;
  }

  /** Takes a picture, once it is sure that a screen reader has a name for every control that shows. */
  public async picture(file: string): Promise<void> {
    // GTK gives one that has none the name of its type.
    const nameless = (await this.tree()).filter(
      ({ role, name }) => controls.has(role) && /^\s*$|\b(Gtk|Adw)[A-Z]/.test(name),
    );
    if (nameless.length > 0)
      throw new Error(`controls without a name: ${nameless.map(({ role, name }) => role + name).join(', ')}`);
    await this.pictureOfForeign(file);
  }

  /** Takes a picture where a window is shown that a library made: Libadwaita 1.2 leaves controls of its own nameless. */
  public async pictureOfForeign(file: string): Promise<void> {
    await this.ask({ do: 'picture', file });
  }

  /**
   * Tells the desktop's file chooser what a person answers from now on; null cancels.
   * To be told to a program that was started with `withPortals` in its environment.
   */
  public async answerFileChooser(file: string | null): Promise<void> {
    await this.ask({ do: 'answer', file });
  }

  /** Title and proposed name of each time that the desktop's file chooser was asked, once it was so often. */
  public async filesAsked(times = 1): Promise<readonly (readonly [title: string, name: string])[]> {
    const order = { do: 'asked', times };
    return (await this.ask<{ asked: readonly (readonly [string, string])[] }>(order)).asked;
  }

  /** What was copied, once something was. */
  public async clipboard(): Promise<string> {
    return (await this.ask<{ text: string }>({ do: 'clipboard' })).text;
  }

  /** Waits until the program has ended by itself. @returns its exit status */
  public async over(): Promise<number> {
    return (await this.ask<{ status: number }>({ do: 'over' })).status;
  }

  public async pid(): Promise<number> {
    return (await this.ask<{ pid: number }>({ do: 'pid' })).pid;
  }

  public async end(): Promise<void> {
    this.process.stdin.end('{"do": "quit"}\n');
    await ended(this.process);
    this.lines.close();
  }

  private async ask<T>(request: object): Promise<T> {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    let answer = await this.answers.next();
    // Services of the session bus share its standard output.
    while (answer.done !== true && !answer.value.startsWith('{')) answer = await this.answers.next();
    if (answer.done === true) throw new Error(`the driver ended:\n${this.errors}`);
    const parsed = JSON.parse(answer.value) as T & { error?: string };
    if (parsed.error !== undefined) throw new Error(`${parsed.error}\n${this.errors}`);
    return parsed;
  }
}
