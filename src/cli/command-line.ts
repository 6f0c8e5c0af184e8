import { Cancellation } from '../base/cancellation.js';
import { asFailure, type Failure } from '../base/failure.js';
import { onInterruption } from '../io/interruption.js';
import { openModel, type Installation, type OpenModel } from '../tokens/model.js';
import type { OperationEnd, OperationKind } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import { helpText, operationOf, parseArguments, type Arguments, type Command } from './arguments.js';
import { certificatesJson, certificatesText, infoJson, infoText, listText, tokenJson } from './describe.js';
import { exitStatus } from './exit-status.js';
import { progressDisplay } from './progress-line.js';
import { reportEnd, reportFailure, say, toJson } from './report.js';
import { readSecrets } from './secrets.js';
import { choose, settle } from './settle.js';
import { TerminalPrompter } from './terminal-prompter.js';

/** Runs one command to its end. @returns the exit status */
export async function runCommandLine(args: readonly string[], installation: Installation): Promise<number> {
  const asJson = args.includes('--json');
  let parsed: Arguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    return lastWord(() => reportFailure({ command: undefined, cuid: '' }, asFailure(error), asJson));
  }
  const { command } = parsed;
  if (command === 'help' || command === 'version') {
    const text = command === 'help' ? helpText() : `escctl ${installation.version}`;
    return lastWord(() => printed(text));
  }
  return runCommand(command, parsed, installation);
}

/** @returns the status, or that of standard output when it cannot be written */
function lastWord(report: () => number): number {
  try {
    return report();
  } catch (error) {
    return reportFailure({ command: undefined, cuid: '' }, asFailure(error), false);
  }
}

function printed(text: string): number {
  say(text);
  return 0;
}

async function runCommand(command: Command, args: Arguments, installation: Installation): Promise<number> {
  const interruption = new Cancellation();
  const forget = onInterruption(() => interruption.cancel());
  let model: OpenModel | undefined;
  let report: () => number;
  try {
    model = openModel(installation);
    report = await carryOut(model, command, args, interruption);
  } catch (error) {
    const subject = { command, cuid: args.cuid ?? '' };
    report = () => reportFailure(subject, asFailure(error), args.json);
  } finally {
    model?.close();
    forget();
  }
  return lastWord(report);
}

/** @returns prints the result. @throws Failure when there is none to print */
async function carryOut(
  model: OpenModel,
  command: Command,
  args: Arguments,
  interruption: Cancellation,
): Promise<() => number> {
  const tokens = await settle(model.registry, args, interruption);
  if (command === 'list') return () => printed(args.json ? toJson(tokens.map(tokenJson)) : listText(tokens));
  const token = choose(tokens, args);
  const { known, cuid } = token;
  if (command === 'info')
    return () => {
      const status = printed(args.json ? toJson(infoJson(token)) : infoText(token));
      return known.kind === 'unreadable' ? exitStatus(known.failure.code) : status;
    };
  if (known.kind === 'unreadable') throw known.failure;
  const kind = operationOf[command];
  if (kind === undefined)
    return () => printed(args.json ? toJson(certificatesJson(token)) : certificatesText(token));
  const end = await operate(model, token, kind, args, interruption);
  return () => reportEnd({ command, cuid }, end, token, args.json);
}

async function operate(
  model: OpenModel,
  token: Token,
  kind: OperationKind,
  args: Arguments,
  interruption: Cancellation,
): Promise<OperationEnd> {
  const refused = (failure: Failure): OperationEnd => ({ failure, cardTouched: false });
  const refusal = model.operator.refusal(token, kind);
  if (refusal !== undefined) return refused(refusal);
  let prompter: TerminalPrompter;
  try {
    const secrets = await readSecrets(args.passwordFile, args.pinFile, interruption);
    prompter = new TerminalPrompter(args.user, secrets);
  } catch (error) {
    return refused(asFailure(error));
  }
  const operation = model.operator.start(token, kind, prompter, {
    ...(args.tps === undefined ? {} : { tpsUrl: args.tps }),
    ...(args.tokenType === undefined ? {} : { tokenType: args.tokenType }),
  });
  const display = progressDisplay(args.progress, args.command);
  const handler = token.connect('changed', () => display.show(operation));
  const forget = interruption.onCancelled(() => operation.cancel());
  const end = await operation.finished;
  forget();
  token.disconnect(handler);
  display.end();
  return end;
}
