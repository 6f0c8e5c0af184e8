import { execFile, spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { eventually } from '../pcsc/waiting.js';
import { end, ended, removeFolder } from '../processes.js';

const run = promisify(execFile);
const stage = resolve(import.meta.dirname, '../../../build/stage');

export interface MenuLine {
  readonly id: number;
  readonly type?: string;
  readonly label?: string;
  readonly enabled?: boolean;
}

/** What the host of the notification area sees of the icon that registered last. */
export interface TrayShown {
  /** How many have registered. */
  readonly items: number;
  readonly icon: string;
  readonly status: string;
  readonly title: string;
  readonly text: string;
  readonly theme: string;
  /** Width, height, bytes, and whether there is anything to see. */
  readonly pixmaps: readonly (readonly [number, number, number, boolean])[];
  readonly menu: readonly MenuLine[];
}

export interface NoticeShown {
  readonly summary: string;
  readonly body: string;
  readonly icon: string;
  /** The desktop entry that it is shown under. */
  readonly desktop: string;
  readonly urgency: number;
}

export interface BusMethod {
  readonly name: string;
  readonly path: string;
  readonly interface: string;
  readonly method: string;
}

export type Role = 'host' | 'notifications' | 'portal' | 'window';

/** A session bus of the test's own, where the programs of the tree are installed, and the desktop's side of it. */
export class Desktop {
  private readonly answers: AsyncIterator<string>;
  private errors = '';

  private constructor(
    private readonly bus: ChildProcess,
    private readonly process: ChildProcessWithoutNullStreams,
    /** For programs of this session. */
    public readonly environment: NodeJS.ProcessEnv,
  ) {
    this.answers = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.on('data', (data: Buffer) => (this.errors += data.toString()));
  }

  /** @param environment of everything that is started in the session. */
  public static async start(environment: NodeJS.ProcessEnv, ...roles: readonly Role[]): Promise<Desktop> {
    const runtime = mkdtempSync(join(tmpdir(), 'esc-runtime-'));
    mkdirSync(join(runtime, 'data'));
    const env: NodeJS.ProcessEnv = {
      GSETTINGS_BACKEND: 'memory',
      XDG_CONFIG_HOME: join(runtime, 'config'),
      ...environment,
      PATH: `${join(stage, 'bin')}:${process.env.PATH ?? ''}`,
      XDG_RUNTIME_DIR: runtime,
      XDG_DATA_HOME: join(runtime, 'data'),
      XDG_STATE_HOME: join(runtime, 'state'),
      XDG_DATA_DIRS: `${join(stage, 'share')}:/usr/local/share:/usr/share`,
      XDG_CONFIG_DIRS: `${join(stage, 'etc/xdg')}:/etc/xdg`,
    };
    const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [address] = (await once(bus.stdout, 'data')) as [Buffer];
    env.DBUS_SESSION_BUS_ADDRESS = address.toString().trim();
    const script = join(import.meta.dirname, 'desktop.py');
    const desktop = new Desktop(bus, spawn('/usr/bin/python3', [script], { env }), env);
    for (const role of roles) await desktop.play(role);
    return desktop;
  }

  /** Takes the name of a part of the desktop. @returns whether it was free */
  public async play(role: Role): Promise<boolean> {
    return (await this.ask<{ owned: boolean }>({ do: 'play', role })).owned;
  }

  public async stop(role: Role): Promise<void> {
    await this.ask({ do: 'stop', role });
  }

  public tray(): Promise<TrayShown> {
    return this.ask({ do: 'tray' });
  }

  /** Of the icon and its menu, since the start. */
  public async signals(): Promise<readonly string[]> {
    const { signals } = await this.ask<{ signals: readonly { name: string }[] }>({ do: 'signals' });
    return signals.map(({ name }) => name);
  }

  public async click(label: string): Promise<void> {
    await this.ask({ do: 'click', label });
  }

  public async clickIcon(): Promise<void> {
    await this.ask({ do: 'activate' });
  }

  /** The notifications on the screen. */
  public async shown(): Promise<readonly NoticeShown[]> {
    return (await this.ask<{ shown: readonly NoticeShown[] }>({ do: 'notices' })).shown;
  }

  /** All notifications since the start. */
  public async told(): Promise<readonly NoticeShown[]> {
    return (await this.ask<{ told: readonly NoticeShown[] }>({ do: 'notices' })).told;
  }

  public async noticeShows(summary: string): Promise<void> {
    await eventually(async () => (await this.shown()).some(notice => notice.summary === summary));
  }

  /** @param button one of its answers; itself without one */
  public async clickNotice(summary: string, button?: string): Promise<void> {
    await this.ask({ do: 'invoke', summary, button });
  }

  /** What the portal was asked for. */
  public async portalRequests(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.ask<{ requests: Record<string, unknown>[] }>({ do: 'portal' })).requests;
  }

  /** What the person says from now on where the portal asks whether the program may run in the background. */
  public async consent(granted: boolean): Promise<void> {
    await this.ask({ do: 'consent', granted });
  }

  /** What the window's program was asked for: the name of an action, and its parameter. */
  public async activations(): Promise<readonly (readonly string[])[]> {
    return (await this.ask<{ activations: string[][] }>({ do: 'activations' })).activations;
  }

  /** Calls the agent's interface. @returns the name of the error, or null */
  public async tell(method: string, signature: string, ...values: unknown[]): Promise<string | null> {
    return (await this.ask<{ refusal: string | null }>({ do: 'tell', method, signature, values })).refusal;
  }

  /** Chooses an action of the program's entry, as a launcher does. */
  public async launch(action: string): Promise<void> {
    await this.ask({ do: 'launch', action });
  }

  /** The processes that the bus has started and that run. */
  public activated(): readonly string[] {
    const pid = String(this.bus.pid);
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  }

  /** Calls a method of anybody on the bus. @returns what it returns */
  public async call(method: BusMethod, signature: string, ...values: unknown[]): Promise<readonly unknown[]> {
    const order = { do: 'call', ...method, signature, values };
    return (await this.ask<{ answer: readonly unknown[] }>(order)).answer;
  }

  /** The process that owns a name on the bus. */
  public async owner(name: string): Promise<number | null> {
    return (await this.ask<{ pid: number | null }>({ do: 'owner', name })).pid;
  }

  /** Changes one of the program's settings, as tools of the desktop do. */
  public async set(key: string, value: string): Promise<void> {
    await this.gsettings('set', key, value);
  }

  /** One of the program's settings, as GVariant text. */
  public get(key: string): Promise<string> {
    return this.gsettings('get', key);
  }

  /** Ends the session, and with it all that it has started. */
  public async end(): Promise<void> {
    this.process.stdin.end();
    await ended(this.process);
    await end(this.bus);
    await removeFolder(this.environment.XDG_RUNTIME_DIR ?? '');
  }

  private async gsettings(command: string, key: string, ...values: string[]): Promise<string> {
    const env = { ...this.environment, GSETTINGS_SCHEMA_DIR: join(stage, 'share/esc/schemas') };
    const { stdout } = await run('gsettings', [command, 'io.github.escproject.Esc', key, ...values], { env });
    return stdout.trim();
  }

  private async ask<T>(order: object): Promise<T> {
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error(`the desktop ended:\n${this.errors}`);
    const parsed = JSON.parse(answer.value) as T & { error?: string };
    if (parsed.error !== undefined) throw new Error(parsed.error);
    return parsed;
  }
}
