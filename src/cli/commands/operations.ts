import { _ } from '../../io/text.js';
import type { OperationEnd, OperationKind } from '../../tokens/operation.js';
import type { Token } from '../../tokens/token.js';
import type { Arguments } from '../arguments.js';
import { forCards, type OptionName } from '../options.js';
import { progressDisplay, type ProgressDisplay, type ProgressKind } from '../progress-line.js';
import { reportEnd } from '../report.js';
import { work } from '../follow.js';
import { readSecrets } from '../secrets.js';
import { TerminalPrompter } from '../terminal-prompter.js';
import { trustFile } from '../trust-file.js';
import { readable } from './cards.js';
import type { Command, Context } from './command.js';
import { usage } from '../told.js';

const forOperations: readonly OptionName[] = [
  ...forCards,
  'tps',
  'tokenType',
  'user',
  'passwordFile',
  'ca',
  'allowHttp',
  'progress',
];

export const format = operation('format', 'format', () =>
  _('The card is formatted and ready to be enrolled.'),
);
export const enroll = operation('enroll', 'enroll', () => _('The card is enrolled.'), ['pinFile']);
export const resetPassword = operation(
  'reset-password',
  'reset-pin',
  () => _('The card has its new password.'),
  ['pinFile'],
);

function operation(
  name: string,
  kind: OperationKind,
  done: () => string,
  more: readonly OptionName[] = [],
): Command {
  return {
    name,
    operands: [],
    options: [...forOperations, ...more],
    async run(context) {
      const progress = progressOf(context.args);
      const token = await readable(context);
      const { cuid } = token;
      const end = await operate(context, token, kind, progressDisplay(progress, name));
      return () => reportEnd({ command: name, cuid }, kind, end, token, context.args.json, done());
    },
  };
}

export function progressOf({ progress = 'bar' }: Arguments): ProgressKind {
  if (progress === 'bar' || progress === 'json' || progress === 'none') return progress;
  throw usage('--progress is one of bar, json, none');
}

function operate(
  context: Context,
  token: Token,
  kind: OperationKind,
  display: ProgressDisplay,
): Promise<OperationEnd> {
  const { model, args, interruption } = context;
  const prepare = async (): Promise<TerminalPrompter> => {
    const secrets = await readSecrets(args.passwordFile, args.pinFile, interruption);
    await trustFile(model, args, interruption);
    return new TerminalPrompter(args.user, secrets, args.flags.has('allowHttp'));
  };
  return work(context, token, kind, display, prepare, prompter =>
    model.operator.start(token, kind, prompter, {
      ...(args.tps === undefined ? {} : { tpsUrl: args.tps }),
      ...(args.tokenType === undefined ? {} : { tokenType: args.tokenType }),
    }),
  );
}
