import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { escctl } from '../demo/programs.js';

/** A pattern (Python's) that appears, and what is typed then. */
export type Step = readonly [pattern: string, answer: string];

export interface TerminalResult {
  readonly status: number;
  /** All that appeared, what was typed and echoed included. */
  readonly screen: string;
  /** Whether the terminal echoed when each step was answered; as many as questions came. */
  readonly echo: readonly boolean[];
  readonly echoAtEnd: boolean;
}

export const controlC = '\u0003';
export const controlD = '\u0004';

/** Runs a command on a terminal of its own. */
export function onTerminal(
  command: readonly string[],
  steps: readonly Step[],
  environment: NodeJS.ProcessEnv,
): Promise<TerminalResult> {
  const python = spawn('/usr/bin/python3', [join(import.meta.dirname, 'terminal.py')], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  python.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  python.stdin.end(JSON.stringify({ command, steps }));
  return new Promise((resolve, reject) => {
    python.once('error', reject);
    python.once('close', code => {
      if (code === 0) resolve(JSON.parse(output) as TerminalResult);
      else reject(new Error(`the terminal's driver ended with ${code ?? 'a signal'}`));
    });
  });
}

export function escctlOnTerminal(
  args: readonly string[],
  steps: readonly Step[],
  environment: NodeJS.ProcessEnv,
): Promise<TerminalResult> {
  return onTerminal([escctl, ...args], steps, environment);
}
