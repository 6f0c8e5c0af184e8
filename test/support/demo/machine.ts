import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { ended, removeFolder } from '../processes.js';

export const tree = resolve(import.meta.dirname, '../../..');
const build = join(tree, 'build');

const isRoot = process.getuid?.() === 0;

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function namespaceOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/**
 * As good as a machine of its own for `npm run demo`: with a build folder, processes, ports and a /run that nothing
 * else uses, and that are as before when a demo has left nothing behind.
 */
export class Machine {
  private constructor(
    private readonly holder: ChildProcessByStdio<Writable, Readable, null>,
    private readonly pid: number,
    /** Holds the folder that is the tree's build folder on this machine. */
    private readonly folder: string,
  ) {}

  public static async start(): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), 'esc-machine-'));
    // With its dates: what is built already is not built anew.
    for (const part of ['meson', 'stage', 'demo'])
      cpSync(join(build, part), join(folder, 'build', part), {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      });
    const user = isRoot ? [] : ['--user', '--map-root-user'];
    const holder = spawn(
      'unshare',
      [
        ...user,
        ...['--mount', '--net', '--pid', '--fork', '--kill-child'],
        ...['sh', join(import.meta.dirname, 'machine.sh'), tree, join(folder, 'build')],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const [line] = (await once(holder.stdout, 'data')) as [Buffer];
    return new Machine(holder, Number.parseInt(line.toString(), 10), folder);
  }

  /** What makes a command run there, in the tree. */
  public get prefix(): readonly string[] {
    const user = isRoot ? [] : ['--user', '--preserve-credentials'];
    const namespaces = ['--mount', '--net', '--pid'];
    return [
      ...['nsenter', `--target=${this.pid}`, ...user, ...namespaces],
      ...['sh', '-c', 'cd "$0" && exec "$@"', tree],
    ];
  }

  /** Runs a command to its end. */
  public run(...command: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const [program = '', ...args] = [...this.prefix, ...command];
    return spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A file of the build folder. */
  public file(name: string): string {
    return join(this.folder, 'build', name);
  }

  /** The command lines of what runs, but for the one that holds the machine. */
  public get processes(): readonly string[] {
    const namespace = namespaceOf(this.pid);
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name) && name !== `${this.pid}` && namespaceOf(name) === namespace)
      .map(name => textOf(`/proc/${name}/cmdline`)?.split('\0').join(' ').trim() ?? '')
      .filter(line => line !== ''); // Ended, and nobody has asked how.
  }

  /** Whether something listens at a port. */
  public get isListening(): boolean {
    const tables = ['tcp', 'tcp6'].map(name => textOf(`/proc/${this.pid}/net/${name}`) ?? '');
    return tables.some(table => / 0A /.test(table));
  }

  /** Whether there is a pcscd's socket. */
  public get hasSocket(): boolean {
    return existsSync(`/proc/${this.pid}/root/run/pcscd/pcscd.comm`);
  }

  public async remove(): Promise<void> {
    // unshare does not heed SIGTERM.
    this.holder.stdin.end();
    await ended(this.holder);
    await removeFolder(this.folder);
  }
}
