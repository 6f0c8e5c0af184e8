import { _ } from '../../io/text.js';
import { keyCheckText } from '../../tokens/key-check-text.js';
import type { CardTaskKind, OperationEnd } from '../../tokens/operation.js';
import type { Token } from '../../tokens/token.js';
import { work } from '../follow.js';
import { forCards, type OptionName } from '../options.js';
import { progressDisplay, type ProgressDisplay } from '../progress-line.js';
import { reportEnd, say } from '../report.js';
import { readSecrets } from '../secrets.js';
import { TerminalPinPrompter } from '../terminal-pin-prompter.js';
import { readable } from './cards.js';
import type { Command, Context } from './command.js';
import { progressOf } from './operations.js';

export const testCard = cardTask('test-card', () => _('The card works.'));
export const changePassword = cardTask('change-password', () => _('The card has its new password.'), [
  'newPinFile',
]);

function cardTask(kind: CardTaskKind, done: () => string, more: readonly OptionName[] = []): Command {
  return {
    name: kind,
    operands: [],
    options: [...forCards, 'pinFile', ...more, 'progress'],
    async run(context) {
      const progress = progressOf(context.args);
      const token = await readable(context);
      const { cuid } = token;
      const end = await run(context, token, kind, progressDisplay(progress, kind));
      return () => {
        const { json } = context.args;
        if (!json) say((end.keyChecks ?? []).map(keyCheckText).join('\n'));
        return reportEnd({ command: kind, cuid }, kind, end, token, json, done());
      };
    },
  };
}

function run(
  context: Context,
  token: Token,
  kind: CardTaskKind,
  display: ProgressDisplay,
): Promise<OperationEnd> {
  const { model, args, interruption } = context;
  const prepare = async (): Promise<TerminalPinPrompter> => {
    const { password: present, pin: next } = await readSecrets(args.pinFile, args.newPinFile, interruption);
    return new TerminalPinPrompter(present, next);
  };
  return work(context, token, kind, display, prepare, prompter =>
    model.cardTasks.start(token, kind, prompter),
  );
}
