import { asFailure } from '../../base/failure.js';
import { findModules } from '../../desktop/modules.js';
import { toolkitVersions } from '../../io/versions.js';
import { _ } from '../../io/text.js';
import { CheckUp, type CheckResult } from '../../tokens/diagnostics/check-up.js';
import { checkStateText, checkText, checkTitle } from '../../tokens/diagnostics/check-words.js';
import { allChecks } from '../../tokens/diagnostics/checks.js';
import { diagnose, softwareVersions } from '../../tokens/diagnostics/report.js';
import { reportText } from '../../tokens/diagnostics/report-text.js';
import type { LogEvent } from '../../tokens/log/event.js';
import { eventLine, explanationOf } from '../../tokens/log/words.js';
import { explain } from '../../tokens/sentences.js';
import { exitStatus } from '../exit-status.js';
import { printed } from '../report.js';
import { settle } from '../settle.js';
import type { Command, Context } from './command.js';

export const diagnostics: Command = {
  name: 'diagnostics',
  operands: [],
  options: ['check', 'log'],
  async run(context) {
    const { model, args } = context;
    const software = softwareVersions(model.installation, await toolkitVersions());
    await settleSomehow(context);
    const checks = args.flags.has('check') ? await checkUp(context) : undefined;
    const report = diagnose(await software, model.registry);
    const log = args.flags.has('log') ? model.log.read() : undefined;
    return () => {
      printed(
        args.json
          ? {
              ...report,
              ...(checks && { checks: checks.map(checkJson) }),
              ...(log && { log: log.map(eventJson) }),
            }
          : [reportText(report), checks && checksText(checks), log && logText(log)]
              .filter(Boolean)
              .join('\n\n'),
      );
      return statusOf(checks ?? []);
    };
  },
};

/** That the cards cannot be reached is among what is told. @throws Failure `cancelled` */
async function settleSomehow({ model, interruption }: Context): Promise<void> {
  try {
    await settle(model.registry, {}, interruption);
  } catch (error) {
    if (asFailure(error).code === 'cancelled') throw error;
  }
}

async function checkUp({ model, interruption }: Context): Promise<readonly CheckResult[]> {
  const running = new CheckUp(allChecks(model, findModules));
  const forget = interruption.onCancelled(() => running.cancel());
  await running.run();
  forget();
  interruption.throwIfCancelled();
  return running.results;
}

/** @returns the exit status: that of the first check that failed */
function statusOf(checks: readonly CheckResult[]): number {
  const failure = checks.find(check => check.failure !== undefined)?.failure;
  return failure === undefined ? 0 : exitStatus(failure.code);
}

function checkJson({ id, state, found, next, failure }: CheckResult): object {
  const number = failure === undefined ? null : explain(failure).number;
  return { check: id, state, message: found, next, code: failure?.code ?? null, number };
}

function eventJson(event: LogEvent): object {
  const explanation = explanationOf(event);
  return explanation === undefined
    ? event
    : { ...event, number: explanation.number, message: explanation.what, next: explanation.next };
}

function checksText(checks: readonly CheckResult[]): string {
  const lines = checks.map(check => {
    const number = check.failure === undefined ? '' : ` (${explain(check.failure).number})`;
    const text = `${checkTitle(check.id)}: ${checkStateText(check.state)}${number}`;
    return check.found === '' ? `  ${text}` : `  ${text}\n    ${checkText(check)}`;
  });
  return [_('Check-Up'), ...lines].join('\n');
}

function logText(events: readonly LogEvent[]): string {
  const lines = events.length === 0 ? [_('Nothing has been written down yet.')] : events.map(eventLine);
  return [_('Log'), ...lines.map(line => `  ${line}`)].join('\n');
}
