import { sandboxedText, type ByHandStep } from '../desktop/by-hand.js';
import type { Report } from './commands/command.js';
import { exitStatus } from './exit-status.js';
import { printed } from './report.js';

/** Says what to do instead of a command that Flatpak keeps from its work; its exit status is that of a failure. */
export function reportByHand(operation: string, steps: readonly ByHandStep[], json: boolean): Report {
  const code = 'nss-refused';
  const message = sandboxedText();
  const next = steps.filter(({ text }) => text !== '').map(({ title, text }) => ({ title, text }));
  return () => {
    if (json) printed({ operation, outcome: 'failed', code, message, steps: next });
    else printed([message, ...next.map(({ title, text }) => `${title}\n  ${text}`)].join('\n\n'));
    return exitStatus(code);
  };
}
