import { _ } from '../../io/text.js';
import { explain } from '../../tokens/sentences.js';
import type { Token } from '../../tokens/token.js';
import { certificatesJson, certificatesText, infoJson, infoText, listText, tokenJson } from '../describe.js';
import { exitStatus } from '../exit-status.js';
import { forCards } from '../options.js';
import { printed, printedOr } from '../report.js';
import { choose, matching, missing, settle } from '../settle.js';
import type { Command, Context } from './command.js';

export const list: Command = {
  name: 'list',
  operands: [],
  options: forCards,
  async run({ model, args, interruption }) {
    const tokens = await settle(model.registry, args, interruption);
    const wanted = matching(tokens, args);
    return () =>
      args.json
        ? printed(wanted.map(tokenJson))
        : printedOr(listText(wanted), explain(missing(tokens, args)).what);
  },
};

export const info: Command = {
  name: 'info',
  operands: [],
  options: forCards,
  async run(context) {
    const token = await chosen(context);
    return () => {
      const status = printed(context.args.json ? infoJson(token) : infoText(token));
      return token.known.kind === 'unreadable' ? exitStatus(token.known.failure.code) : status;
    };
  },
};

export const certificates: Command = {
  name: 'certificates',
  operands: [],
  options: forCards,
  async run(context) {
    const token = await readable(context);
    return () =>
      context.args.json
        ? printed(certificatesJson(token))
        : printedOr(certificatesText(token), _('The card holds no certificates.'));
  },
};

/** The card that is meant, whether or not it can be read. @throws Failure which it is, be told */
export async function chosen({ model, args, interruption }: Context): Promise<Token> {
  return choose(await settle(model.registry, args, interruption), args);
}

/** The card that is meant. @throws Failure why it cannot be read, or which it is, be told */
export async function readable(context: Context): Promise<Token> {
  const token = await chosen(context);
  if (token.known.kind === 'unreadable') throw token.known.failure;
  return token;
}
