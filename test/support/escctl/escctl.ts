import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { escctl } from '../demo/programs.js';

/** What `--progress=json` writes for a step. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly operation: string;
  readonly fraction: number;
  readonly step: string;
}

/** What an operation prints with --json, and every command that fails. */
export interface Report {
  readonly operation: string | null;
  readonly cuid: string;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly cardTouched: boolean;
  /** What a failed operation has left of its card, in words. */
  readonly consequence?: string;
  readonly card?: { readonly status: string; readonly unfinished: boolean } | null;
  readonly facts?: Readonly<Record<string, string | number>>;
}

export interface Running {
  readonly process: ChildProcess;
  readonly pid: number;
}

export interface RunOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** What is written to standard input, which ends then. */
  readonly input?: string;
  /** Standard input stays open: a program that waits for it waits for ever. */
  readonly openInput?: boolean;
  readonly started?: (running: Running) => void;
  /** Called with each line of `--progress=json`. */
  readonly progress?: (event: ProgressEvent, running: Running) => void;
}

export interface Result {
  /** The exit status, or the signal that ended it. */
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly ProgressEvent[];
  /** Standard output as the one JSON document that it has to be. @throws Error where it is not */
  json(): unknown;
  /** The same, of an operation or of a failure. */
  report(): Report;
}

/** Runs escctl in a session of its own, so that it has no terminal to ask on. */
export function runEscctl(args: readonly string[], options: RunOptions): Promise<Result> {
  const child = spawn(escctl, args, {
    env: options.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const running = { process: child, pid: child.pid ?? 0 };
  const events: ProgressEvent[] = [];
  let stdout = '';
  let stderr = '';
  let line = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const complete of lines) {
      if (!complete.startsWith('{')) continue;
      const event = JSON.parse(complete) as ProgressEvent;
      events.push(event);
      options.progress?.(event, running);
    }
  });
  child.stdin.on('error', () => undefined);
  if (options.openInput !== true) child.stdin.end(options.input ?? '');
  options.started?.(running);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      child.stdin.destroy();
      const json = (): unknown => {
        try {
          return JSON.parse(stdout);
        } catch (cause) {
          throw new Error(`this is not one JSON document:\n${stdout}\n${stderr}`, { cause });
        }
      };
      resolve({ status: code ?? signal, stdout, stderr, events, json, report: () => json() as Report });
    });
  });
}

/** What other users of the machine can see of a process and its children while they run. */
export function exposedBy(pid: number): string {
  const read = (path: string): string => {
    try {
      return readFileSync(`/proc/${path}`, 'latin1');
    } catch {
      return '';
    }
  };
  const children = read(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  const own = `${read(`${pid}/cmdline`)}\0${read(`${pid}/environ`)}`;
  return [own, ...children.map(exposedBy)].join('\0');
}
