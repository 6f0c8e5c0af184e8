import { Failure } from '../../base/failure.js';
import { _, fill } from '../../io/text.js';
import type { PhoneHomeProfile, PhoneHomeState } from '../../tokens/phone-home-state.js';
import { profileFacts, sourceText, stateText } from '../../tokens/phone-home-words.js';
import type { Token } from '../../tokens/token.js';
import { forCards } from '../options.js';
import { printed, printedOr } from '../report.js';
import { readable } from './cards.js';
import type { Command, Context } from './command.js';

export const phoneHomeShow: Command = {
  name: 'phone-home show',
  operands: [],
  options: [...forCards, 'all'],
  async run(context) {
    const { model, args } = context;
    const { cache } = model.phoneHome;
    if (args.flags.has('all')) {
      const cards = cache.cuids().map(cuid => ({ cuid, ...profileJson(cache.profile(cuid)) }));
      const line = ({ cuid, url }: (typeof cards)[number]): string =>
        `${cuid}  ${url ?? (cache.ownUrl(cuid) || '-')}`;
      return () =>
        args.json ? printed(cards) : printedOr(cards.map(line).join('\n'), _('No card is remembered.'));
    }
    const token = await readable(context);
    const state = token.phoneHome;
    return () => printed(args.json ? stateJson(token, state) : stateLines(token, state));
  },
};

export const phoneHomeTest: Command = {
  name: 'phone-home test',
  operands: ['URL'],
  options: [],
  async run(context) {
    const profile = await tested(context, '');
    return () => printed(context.args.json ? profileJson(profile) : profileLines(profile));
  },
};

export const phoneHomeSet: Command = {
  name: 'phone-home set',
  operands: ['URL'],
  options: [...forCards, 'all'],
  async run(context) {
    const { model, args } = context;
    const { phoneHome } = model;
    const forAll = args.flags.has('all');
    const token = forAll ? undefined : await numbered(context);
    if (forAll && !phoneHome.globalUrlIsWritable)
      throw new Failure('setting-locked', 'global-phone-home-url is locked', { reason: 'phone-home-locked' });
    const profile = await tested(context, token?.cuid ?? '');
    if (token === undefined) phoneHome.setGlobalUrl(profile.url);
    else phoneHome.setCardUrl(token, profile.url, profile);
    const unused = token !== undefined && token.phoneHome.url !== profile.url;
    const note = unused ? `\n${sourceText(token.phoneHome)}` : '';
    return () => printed(args.json ? profileJson(profile) : profileLines(profile) + note);
  },
};

export const phoneHomeClear: Command = {
  name: 'phone-home clear',
  operands: [],
  options: [...forCards, 'all'],
  async run(context) {
    const { model, args } = context;
    const { phoneHome } = model;
    const known = phoneHome.cache.cuids();
    // A card that is not in can be named by its number.
    const named = args.cuid !== undefined && known.includes(args.cuid) ? args.cuid : undefined;
    const cuids = args.flags.has('all') ? known : [named ?? (await numbered(context)).cuid];
    if (args.flags.has('all')) phoneHome.clear();
    else for (const cuid of cuids) phoneHome.clear(cuid);
    return () => printed(args.json ? { cleared: cuids } : _('Forgotten.'));
  },
};

/** A card of which something can be remembered. @throws Failure `unsuitable-card`, and as `readable` */
async function numbered(context: Context): Promise<Token> {
  const token = await readable(context);
  if (token.cuid === '')
    throw new Failure('unsuitable-card', 'it has no CUID', {
      reason: 'card-without-number',
      reader: token.reader,
    });
  return token;
}

function tested({ model, args, interruption }: Context, cuid: string): Promise<PhoneHomeProfile> {
  return model.phoneHome.test(args.operands[0]?.trim() ?? '', cuid, interruption);
}

function profileJson(profile: PhoneHomeProfile | undefined): {
  readonly url: string | null;
  readonly issuerName: string;
  readonly services: Readonly<Record<string, string>>;
  readonly fetchedAt: string | null;
} {
  return {
    url: profile?.url ?? null,
    issuerName: profile?.issuerName ?? '',
    services: Object.fromEntries(profile?.services ?? []),
    fetchedAt: profile?.fetchedAt.toISOString() ?? null,
  };
}

function stateJson({ cuid }: Token, { url, source, tpsUrl, profile }: PhoneHomeState): object {
  return { cuid, url, source, tpsUrl, profile: profile === undefined ? null : profileJson(profile) };
}

function stateLines(token: Token, state: PhoneHomeState): string {
  const { profile } = state;
  const known = profile === undefined ? _('Nothing is known yet.') : profileLines(profile);
  return [
    fill(_('Phone Home of {cuid}: {state}'), { cuid: token.cuid, state: stateText(state) }),
    known,
  ].join('\n');
}

function profileLines(profile: PhoneHomeProfile): string {
  return profileFacts(profile)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
