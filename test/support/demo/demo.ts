import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const build = resolve(import.meta.dirname, '../../../build');

export interface DemoOptions {
  readonly cards?: number;
  readonly keyBits?: 1024 | 2048;
  readonly tls?: boolean;
}

/** What `npm run demo -- --headless` starts, in a folder of its own and for one test file. */
export class Demo {
  private constructor(
    private readonly process: ChildProcess,
    public readonly directory: string,
    public readonly user: string,
    public readonly password: string,
    public readonly tps: string,
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
        ...(options.tls === true ? ['--tls'] : []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return new Promise((fulfil, reject) => {
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        if (!/^ready$/m.test(output)) return;
        const value = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(output)?.[1] ?? '';
        fulfil(new Demo(child, directory, value('user'), value('password'), value('tps')));
      });
      let errors = '';
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      child.once('exit', code => reject(new Error(`the demo ended with ${code ?? 'a signal'}: ${errors}`)));
    });
  }

  /** For programs that belong to the demo. */
  public get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      GSETTINGS_BACKEND: 'keyfile',
      XDG_CONFIG_HOME: join(this.directory, 'config'),
    };
  }

  /** `insert N` or `remove N`. */
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
    const ended = new Promise(done => this.process.once('exit', done));
    if (this.process.exitCode !== null) return;
    this.process.kill('SIGTERM');
    await ended;
    rmSync(join(this.directory, '..'), { recursive: true, force: true });
  }
}
