import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { ShimLauncher, ShimProcess } from '../../../src/pcsc/types.js';

export interface NodeShim extends ShimProcess {
  readonly pid: number;
  /** Closes its standard input. */
  endInput(): void;
  /** What it wrote on standard error. */
  readonly errors: () => string;
  /** Exit status, or the signal's name. */
  readonly ended: Promise<number | string>;
}

class Shim implements NodeShim {
  public readonly ended: Promise<number | string>;
  private text = '';

  public constructor(private readonly child: ChildProcess) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    child.stdin?.on('error', () => undefined);
    this.ended = new Promise(resolve => {
      child.on('error', error => resolve(error.message));
      child.on('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
    });
  }

  public get pid(): number {
    if (this.child.pid === undefined) throw new Error('the shim was not started');
    return this.child.pid;
  }

  public readonly errors = (): string => this.text;

  public listen(received: (bytes: Uint8Array) => void): void {
    this.child.stdout?.on('data', (chunk: Buffer) => received(new Uint8Array(chunk)));
    void this.ended.then(() => received(new Uint8Array(0)));
  }

  public write(bytes: Uint8Array): void {
    this.child.stdin?.write(bytes, () => bytes.fill(0));
  }

  public endInput(): void {
    this.child.stdin?.end();
  }

  public kill(): void {
    this.child.kill('SIGKILL');
  }
}

export function startShim(command: readonly string[], env: NodeJS.ProcessEnv = {}): NodeShim {
  const [program = '', ...args] = command;
  return new Shim(spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } }));
}

/** A launcher that remembers the shims it started, the newest last. */
export function nodeLauncher(
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { readonly launch: ShimLauncher; readonly started: NodeShim[] } {
  const started: NodeShim[] = [];
  const launch = (): ShimProcess => {
    const shim = startShim(command, env);
    started.push(shim);
    return shim;
  };
  return { launch, started };
}
