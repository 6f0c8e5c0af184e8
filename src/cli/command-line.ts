import GLib from 'gi://GLib';
import { asFailure, type Failure } from '../base/failure.js';
import { writeTo } from '../io/terminal.js';
import { _ } from '../io/text.js';
import { openModel, type Installation, type OpenModel } from '../tokens/model.js';
import type { OperationEnd, OperationKind } from '../tokens/operation.js';
import { explain, explainInline } from '../tokens/sentences.js';
import type { Token } from '../tokens/token.js';
import { helpText, operationOf, parseArguments, type Arguments } from './arguments.js';
import { certificatesJson, certificatesText, infoJson, infoText, listText, tokenJson } from './describe.js';
import { exitStatus } from './exit-status.js';
import { progressDisplay } from './progress-line.js';
import { readSecrets } from './secrets.js';
import { choose, settle } from './settle.js';
import { TerminalPrompter } from './terminal-prompter.js';

/** Runs one command to its end. @returns the exit status */
export async function runCommandLine(args: readonly string[], installation: Installation): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed.command === 'help') return say(helpText());
    if (parsed.command === 'version') return say(`escctl ${installation.version}`);
    const model = openModel(installation);
    try {
      return await runCommand(model, parsed);
    } finally {
      model.close();
    }
  } catch (error) {
    return complain(asFailure(error), args.includes('--json'));
  }
}

async function runCommand(model: OpenModel, args: Arguments): Promise<number> {
  const tokens = await settle(model.registry);
  if (args.command === 'list') return say(args.json ? json(tokens.map(tokenJson)) : listText(tokens));
  const token = choose(tokens, args);
  if (args.command === 'info') return say(args.json ? json(infoJson(token)) : infoText(token));
  if (token.known.kind === 'unreadable') throw token.known.failure;
  if (args.command === 'certificates')
    return say(args.json ? json(certificatesJson(token)) : certificatesText(token));
  const kind = operationOf[args.command as keyof typeof operationOf];
  if (kind === undefined) throw new Error(`no such operation: ${args.command}`);
  return operate(model, token, kind, args);
}

async function operate(
  model: OpenModel,
  token: Token,
  kind: OperationKind,
  args: Arguments,
): Promise<number> {
  const { cuid } = token;
  const refusal = model.operator.refusal(token, kind);
  if (refusal !== undefined) return report(args, cuid, { failure: refusal, cardTouched: false });
  const prompter = new TerminalPrompter(args.user, readSecrets(args.passwordFile, args.pinFile));
  const operation = model.operator.start(token, kind, prompter, {
    ...(args.tps === undefined ? {} : { tpsUrl: args.tps }),
    ...(args.tokenType === undefined ? {} : { tokenType: args.tokenType }),
  });
  const display = progressDisplay(args.progress);
  const handler = token.connect('changed', () => display.show(operation));
  const signals = [2, 15].map(signal =>
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal, () => {
      operation.cancel();
      return GLib.SOURCE_CONTINUE;
    }),
  );
  const end = await operation.finished;
  for (const signal of signals) GLib.source_remove(signal);
  token.disconnect(handler);
  display.end();
  return report(args, cuid, end);
}

function report(args: Arguments, cuid: string, { failure, cardTouched }: OperationEnd): number {
  if (args.json) {
    const words = failure === undefined ? { what: _('Done.'), next: '' } : explain(failure);
    say(
      json({
        operation: args.command,
        cuid,
        outcome: failure === undefined ? 'done' : failure.code === 'cancelled' ? 'cancelled' : 'failed',
        code: failure?.code ?? 'done',
        message: words.what,
        next: words.next,
        cardTouched,
        ...(failure === undefined ? {} : { facts: { ...failure.facts, detail: failure.detail } }),
      }),
    );
  } else if (failure === undefined) {
    say(_('Done.'));
  } else {
    complain(failure, false);
  }
  return failure === undefined ? 0 : exitStatus(failure.code);
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function say(text: string): number {
  if (text !== '') writeTo(1, `${text}\n`);
  return 0;
}

function complain(failure: Failure, asJson: boolean): number {
  const status = exitStatus(failure.code);
  if (asJson) writeTo(2, `${JSON.stringify({ code: failure.code, message: explain(failure).what })}\n`);
  else writeTo(2, `escctl: ${explainInline(failure)}${factsOf(failure)}\n`);
  return status;
}

function factsOf({ code, detail, facts }: Failure): string {
  const parts = [code, facts.result, facts.serverCode, facts.step, facts.server, detail];
  return `\n  ${parts.filter(part => part !== undefined && part !== '').join(' · ')}`;
}
