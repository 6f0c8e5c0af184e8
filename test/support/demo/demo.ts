import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { end, removeFolder } from '../processes.js';

const build = resolve(import.meta.dirname, '../../../build');

export interface DemoOptions {
  readonly cards?: number;
  readonly keyBits?: 1024 | 2048;
  readonly tls?: boolean;
  /** How long the certificates are valid. */
  readonly validDays?: number;
  /** Wrong PINs that a card takes before it blocks. */
  readonly pinTries?: number;
  /** Whether the next card gets a new encryption key beside that of one that was destroyed. */
  readonly recoverAndRenew?: boolean;
  /** Milliseconds that the TPS thinks before each message. */
  readonly pace?: number;
}

/** What the demo writes about itself. */
interface DemoState {
  readonly user: string;
  readonly password: string;
  readonly tps: string;
  readonly readers: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * What `npm run demo -- --headless` starts, in a folder of its own and for one test file: with a pcscd of its own,
 * so that it meets neither the system's pcscd nor the demo of another test.
 */
export class Demo {
  private constructor(
    private readonly process: ChildProcess,
    public readonly directory: string,
    private readonly state: DemoState,
  ) {}

  public static start(options: DemoOptions = {}): Promise<Demo> {
    const directory = join(mkdtempSync(join(tmpdir(), 'esc-demo-')), 'run');
    const child = spawn(
      process.execPath,
      [
        join(build, 'demo/demo.mjs'),
        `--directory=${directory}`,
        `--stage=${join(build, 'stage')}`,
        `--link=${join(build, 'demo/vpcd-link')}`,
        `--cards=${options.cards ?? 1}`,
        `--key-bits=${options.keyBits ?? 2048}`,
        `--pace=${options.pace ?? 0}`,
        `--valid-days=${options.validDays ?? 730}`,
        `--pin-tries=${options.pinTries ?? 127}`,
        '--private-readers',
        ...(options.tls === true ? ['--tls'] : []),
        ...(options.recoverAndRenew === true ? ['--recover-and-renew'] : []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return new Promise((fulfil, reject) => {
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        if (!/^ready$/m.test(output)) return;
        const state = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as DemoState;
        fulfil(new Demo(child, directory, state));
      });
      let errors = '';
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      child.once('exit', code => reject(new Error(`the demo ended with ${code ?? 'a signal'}: ${errors}`)));
    });
  }

  public get user(): string {
    return this.state.user;
  }

  public get password(): string {
    return this.state.password;
  }

  /** The URL of the TPS. */
  public get tps(): string {
    return this.state.tps;
  }

  /** The names of the virtual readers; that of card N is the Nth. */
  public get readers(): readonly string[] {
    return this.state.readers;
  }

  /** The file of its settings. */
  public get settings(): string {
    return join(this.directory, 'config/glib-2.0/settings/keyfile');
  }

  /** For programs that belong to the demo. */
  public get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.state.environment,
      GSETTINGS_BACKEND: 'keyfile',
      XDG_CONFIG_HOME: join(this.directory, 'config'),
      XDG_STATE_HOME: join(this.directory, 'state'),
    };
  }

  /** `insert N`, `remove N`, `silence N` until it is put in again, or what the server hears of a card: `damaged N`, `lost N`, `suspended N`, `give N`. */
  public order(what: string): Promise<void> {
    return new Promise((fulfil, reject) => {
      const connection = connect(join(this.directory, 'control'), () => connection.write(`${what}\n`));
      connection.setEncoding('utf8');
      connection.once('data', answer => {
        if (String(answer).trim() === 'done') fulfil();
        else reject(new Error(String(answer)));
      });
      connection.once('error', reject);
    });
  }

  /** What the demo's TPS or a card wrote, such as `tps.log`. */
  public log(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  public async end(): Promise<void> {
    await end(this.process);
    await removeFolder(join(this.directory, '..'));
  }
}
