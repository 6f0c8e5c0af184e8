import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * Runs a program to its end.
 * @param input what it reads from its standard input
 * @returns its standard output. @throws Error when it fails
 */
export async function outputOf(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  input = '',
): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
  child.stdin.on('error', () => undefined).end(input);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => (output += data));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}`);
  return output;
}

/** A program that tells things in lines while it runs. */
export class Teller {
  /** Monotonic time just before it was started, microseconds. */
  public readonly startedAt: number;
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();

  public constructor(command: readonly string[], environment: NodeJS.ProcessEnv) {
    const [program = '', ...args] = command;
    this.startedAt = Number(process.hrtime.bigint() / 1000n);
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
    createInterface({ input: this.child.stdout as Readable }).on('line', line => {
      this.lines.push(line);
      for (const look of [...this.waiting]) look();
    });
  }

  public get pid(): number {
    if (this.child.pid === undefined) throw new Error('it was not started');
    return this.child.pid;
  }

  /**
   * Waits for a line, or takes one that is there already.
   * @param from the number of lines to pass over
   * @returns the match, and the number of lines up to it
   */
  public line(
    pattern: RegExp,
    from = 0,
  ): Promise<{ readonly match: RegExpExecArray; readonly next: number }> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        this.child.off('exit', ended);
      };
      const ended = (): void => {
        done();
        reject(new Error(`it ended without ${pattern.source}`));
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`nothing of ${pattern.source} in 20 s; there is:\n${this.lines.join('\n')}`));
      }, 20_000);
      const look = (): void => {
        for (let i = from; i < this.lines.length; i += 1) {
          const match = pattern.exec(this.lines[i] ?? '');
          if (match === null) continue;
          done();
          resolve({ match, next: i + 1 });
          return;
        }
      };
      this.child.on('exit', ended);
      this.waiting.add(look);
      look();
    });
  }

  public get lineCount(): number {
    return this.lines.length;
  }

  public async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}
