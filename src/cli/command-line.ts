import { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import { onInterruption } from '../io/interruption.js';
import { openModel, type Installation, type OpenModel } from '../tokens/model.js';
import { parseArguments, type Arguments, type Request } from './arguments.js';
import type { Command, Report } from './commands/command.js';
import { commands } from './commands/table.js';
import { helpText } from './help.js';
import { printed, reportFailure } from './report.js';

/** Runs one command to its end. @returns the exit status */
export async function runCommandLine(args: readonly string[], installation: Installation): Promise<number> {
  let request: Request;
  try {
    request = parseArguments(args, commands);
  } catch (error) {
    const asJson = args.includes('--json');
    return lastWord(() => reportFailure({ command: undefined, cuid: '' }, asFailure(error), asJson));
  }
  if ('command' in request) return runCommand(request.command, request.args, installation);
  const text = request.special === 'help' ? helpText() : `escctl ${installation.version}`;
  return lastWord(() => printed(text));
}

/** @returns the status, or that of standard output when it cannot be written */
function lastWord(report: Report): number {
  try {
    return report();
  } catch (error) {
    return reportFailure({ command: undefined, cuid: '' }, asFailure(error), false);
  }
}

async function runCommand(command: Command, args: Arguments, installation: Installation): Promise<number> {
  const interruption = new Cancellation();
  const forget = onInterruption(() => interruption.cancel());
  let model: OpenModel | undefined;
  let report: Report;
  try {
    model = openModel(installation);
    report = await command.run({ model, args, interruption });
  } catch (error) {
    const subject = { command: command.name, cuid: args.cuid ?? '' };
    report = () => reportFailure(subject, asFailure(error), args.json);
  } finally {
    model?.close();
    forget();
  }
  return lastWord(report);
}
