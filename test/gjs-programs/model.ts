/**
 * The model as the window has it, without a window: what it is ordered to do comes in lines of JSON on standard
 * input, what becomes of it goes out in lines of JSON on standard output. Ends with its input.
 */
import GLib from 'gi://GLib';
import System from 'system';
import type { Failure } from '../../src/base/failure.js';
import { writeTo } from '../../src/io/terminal.js';
import type { LoginAnswers, Prompter } from '../../src/protocol/ports.js';
import { openModel, type Installation } from '../../src/tokens/model.js';
import type { Operation } from '../../src/tokens/operation.js';
import { explain } from '../../src/tokens/sentences.js';
import type { Token } from '../../src/tokens/token.js';
import type {
  FailureReport,
  ModelReport,
  Order,
  Report,
  StartOrder,
  TokenReport,
  TypedAnswers,
} from '../support/faults/orders.js';

const [installation = '{}'] = System.programArgs;
const model = openModel(JSON.parse(installation) as Installation);
const { registry, operator } = model;
const loop = new GLib.MainLoop(null, false);
const operations = new Map<number, Operation>();
const prompters = new Map<number, TypingPrompter>();

function say(report: Report): void {
  writeTo(1, `${JSON.stringify(report)}\n`);
}

function reportOf(failure: Failure): FailureReport {
  const { code, detail, facts } = failure;
  return { code, detail, facts, ...explain(failure) };
}

/** Answers what is typed, at once or later; what is not typed never, not even when it is cancelled. */
class TypingPrompter implements Prompter {
  private onTyped: (() => void) | undefined;

  public constructor(
    private readonly id: number,
    private answers: TypedAnswers,
  ) {}

  public async login(): Promise<LoginAnswers> {
    const login = await this.asked('login');
    return new Map(Object.entries(login));
  }

  public newPin(): Promise<string> {
    return this.asked('pin');
  }

  public type(answers: TypedAnswers): void {
    this.answers = { ...this.answers, ...answers };
    this.onTyped?.();
  }

  private async asked<K extends keyof TypedAnswers>(question: K): Promise<NonNullable<TypedAnswers[K]>> {
    say({ report: 'asked', id: this.id, question });
    for (;;) {
      const answer = this.answers[question];
      if (answer !== undefined) return answer;
      await new Promise<void>(resolve => (this.onTyped = resolve));
    }
  }
}

function start(order: StartOrder): void {
  const token = registry.list().find(({ reader }) => reader === order.reader);
  if (token === undefined) throw new Error(`no card in ${order.reader}`);
  const prompter = new TypingPrompter(order.id, order.answers);
  const operation = operator.start(token, order.kind, prompter, { tpsUrl: order.tpsUrl });
  prompters.set(order.id, prompter);
  operations.set(order.id, operation);
  void operation.finished.then(({ failure, cardTouched }) => {
    operations.delete(order.id);
    prompters.delete(order.id);
    // What the model is now, before what has ended.
    tell();
    say({
      report: 'ended',
      id: order.id,
      failure: failure === undefined ? null : reportOf(failure),
      cardTouched,
    });
  });
}

function obey(order: Order): void {
  if (order.order === 'start') start(order);
  else if (order.order === 'cancel') operations.get(order.id)?.cancel();
  else if (order.order === 'answer') prompters.get(order.id)?.type(order.answers);
  else {
    if (order.order === 'collect') System.gc();
    say({ report: 'echo', id: order.id });
  }
}

/** Obeys line by line, until the input ends. */
function obeyAll(): void {
  const input = GLib.IOChannel.unix_new(0);
  GLib.io_add_watch(input, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, () => {
    const [status, line] = input.read_line();
    if (status === GLib.IOStatus.NORMAL) {
      obey(JSON.parse(line) as Order);
      return GLib.SOURCE_CONTINUE;
    }
    model.close();
    loop.quit();
    return GLib.SOURCE_REMOVE;
  });
}

const numbers = new Map<Token, number>();
let appeared = 0;
let disappeared = 0;

function knownOf({ known }: Token): TokenReport['known'] {
  if (known.kind !== 'read') return known.kind;
  return known.contents === undefined ? 'summary' : 'contents';
}

function tokenReport(token: Token): TokenReport {
  const { reader, cuid, status, unfinished, known, operation, contents } = token;
  return {
    number: numbers.get(token) ?? 0,
    reader,
    cuid,
    status,
    unfinished,
    known: knownOf(token),
    problem: known.kind === 'unreadable' ? known.failure.message : null,
    operation: operation?.kind ?? null,
    step: operation?.progress.step ?? null,
    certificates: contents?.certificates.length ?? 0,
    keys: contents?.keys.length ?? 0,
  };
}

let told = '';

function tell(): void {
  const { state } = registry;
  const report: ModelReport = {
    service: state.kind === 'unavailable' ? state.failure.code : state.kind,
    tokens: registry.list().map(tokenReport),
    appeared,
    disappeared,
  };
  const text = JSON.stringify(report);
  if (text === told) return;
  told = text;
  say({ report: 'model', ...report });
}

function take(token: Token): void {
  appeared += 1;
  numbers.set(token, appeared);
  token.connect('changed', tell);
}

function watchTokens(): void {
  for (const token of registry.list()) take(token);
  registry.tokens.connect('items-changed', (_list, position: number, removed: number, added: number) => {
    disappeared += removed;
    for (let i = position; i < position + added; i += 1) take(registry.tokens.get_item(i) as Token);
    const present = new Set(registry.list());
    for (const token of numbers.keys()) if (!present.has(token)) numbers.delete(token);
  });
  registry.onChange(tell);
  tell();
}

watchTokens();
obeyAll();
loop.run();
