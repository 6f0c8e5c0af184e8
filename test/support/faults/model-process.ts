import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleGjsProgram } from '../gjs-program.js';
import { shimsOf } from '../pcsc/shims.js';
import type { OperationKind } from '../../../src/tokens/operation.js';
import type { EndReport, ModelReport, Order, Report, TokenReport, TypedAnswers } from './orders.js';

const root = resolve(import.meta.dirname, '../../..');
export const stage = join(root, 'build/stage');

/** @returns the program's path in `folder`. */
export async function bundleModel(folder: string): Promise<string> {
  const outfile = join(folder, 'model.js');
  await bundleGjsProgram('model', outfile);
  return outfile;
}

/** An operation that was begun. */
export interface Running {
  readonly id: number;
  readonly ended: Promise<EndReport>;
  /** Fulfilled when the person is asked. */
  readonly asked: (question: 'login' | 'pin') => Promise<void>;
}

/** What is waited for, and who is told that it will not come. */
interface Waiter {
  readonly look: () => void;
  readonly fail: (error: Error) => void;
}

/** The model in a GJS of its own. */
export class ModelProcess {
  private report: ModelReport = { service: 'starting', tokens: [], appeared: 0, disappeared: 0 };
  private readonly waiters = new Set<Waiter>();
  private readonly ends = new Map<number, EndReport>();
  private readonly echoes = new Set<number>();
  private readonly questions: { readonly id: number; readonly question: string }[] = [];
  private readonly exited: Promise<unknown>;
  private lastId = 0;
  private text = '';

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    child.stdin?.on('error', () => undefined);
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', line => this.take(JSON.parse(line) as Report));
    child.once('exit', (status, signal) => {
      const error = new Error(`the model ended (${status ?? signal ?? '?'}): ${this.text}`);
      for (const { fail } of [...this.waiters]) fail(error);
    });
  }

  /** @param config a folder for settings; @param environment for finding pcscd */
  public static start(
    program: string,
    config: string,
    environment: Readonly<Record<string, string>>,
  ): ModelProcess {
    const installation = {
      program: 'esc',
      version: '0.0.0',
      pkgdatadir: join(stage, 'share/esc'),
      libexecdir: join(stage, 'libexec/esc'),
      localedir: join(stage, 'share/locale'),
      schemadir: join(stage, 'share/esc/schemas'),
    };
    const child = spawn('gjs', ['-m', program, JSON.stringify(installation)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...environment,
        LC_ALL: 'C.UTF-8',
        GSETTINGS_BACKEND: 'keyfile',
        XDG_CONFIG_HOME: config,
        XDG_STATE_HOME: join(config, 'state'),
      },
    });
    return new ModelProcess(child);
  }

  public get state(): ModelReport {
    return this.report;
  }

  public get pid(): number {
    if (this.child.pid === undefined) throw new Error('GJS was not started');
    return this.child.pid;
  }

  /** What it wrote on standard error. */
  public get errors(): string {
    return this.text;
  }

  /** Process ids of the shims that it has started and that still run. */
  public get shims(): number[] {
    return shimsOf(this.pid);
  }

  public token(reader: string): TokenReport | undefined {
    return this.report.tokens.find(token => token.reader === reader);
  }

  public start(
    reader: string,
    kind: OperationKind,
    tpsUrl: string,
    answers: TypedAnswers,
    patience = 120_000,
  ): Running {
    const id = this.nextId();
    this.order({ order: 'start', id, reader, kind, tpsUrl, answers });
    const ended = this.when(`the end of ${kind}`, () => this.ends.get(id), patience);
    // Whoever is interested awaits it later.
    ended.catch(() => undefined);
    return {
      id,
      ended,
      asked: async question => {
        const isAsked = (): true | undefined =>
          this.questions.some(asked => asked.id === id && asked.question === question) || undefined;
        await this.when(`the question for the ${question}`, isAsked);
      },
    };
  }

  public cancel(id: number): void {
    this.order({ order: 'cancel', id });
  }

  /** Types into the dialogs that are open. */
  public answer(id: number, answers: TypedAnswers): void {
    this.order({ order: 'answer', id, answers });
  }

  /** Waits until all that was ordered so far has been looked at. */
  public echo(): Promise<void> {
    return this.answered('echo');
  }

  /** Has it collect its garbage: what it holds then, it holds. */
  public collect(): Promise<void> {
    return this.answered('collect');
  }

  private async answered(order: 'echo' | 'collect'): Promise<void> {
    const id = this.nextId();
    this.order({ order, id });
    await this.when('an echo', () => this.echoes.delete(id) || undefined);
  }

  /** Waits until `find` gives something, by looking with each report. */
  public when<T>(what: string, find: () => T | undefined, patience = 60_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        act();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const timer = setTimeout(
        () =>
          fail(new Error(`${what}: not within ${patience} ms; ${JSON.stringify(this.report)} ${this.text}`)),
        patience,
      );
      const waiter: Waiter = {
        look: () => {
          const found = find();
          if (found !== undefined) settle(() => resolve(found));
        },
        fail,
      };
      this.waiters.add(waiter);
      waiter.look();
    });
  }

  public async end(): Promise<void> {
    this.child.stdin?.end();
    await this.exited;
  }

  private nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  private order(order: Order): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  private take(report: Report): void {
    if (report.report === 'model') this.report = report;
    else if (report.report === 'asked') this.questions.push(report);
    else if (report.report === 'ended') this.ends.set(report.id, report);
    else this.echoes.add(report.id);
    for (const { look } of [...this.waiters]) look();
  }
}
