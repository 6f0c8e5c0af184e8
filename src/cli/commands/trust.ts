import { asFailure, Failure } from '../../base/failure.js';
import { trustByHand } from '../../desktop/by-hand.js';
import { chainAddress, loadChain } from '../../desktop/chain-source.js';
import type { ChainLink } from '../../desktop/ca-chain.js';
import { profileTitle, type Profile } from '../../desktop/profiles.js';
import { distrustChain, trustChain, trustIn, type Trust } from '../../desktop/trust.js';
import { faultText, trustText } from '../../desktop/words.js';
import { isSandboxed } from '../../io/sandbox.js';
import { askOnTerminal } from '../../io/terminal.js';
import { _, fill } from '../../io/text.js';
import { fingerprintText } from '../../io/tls.js';
import type { Arguments } from '../arguments.js';
import { reportByHand } from '../by-hand.js';
import { requireYes } from '../confirm.js';
import { forCards } from '../options.js';
import { chooseProfiles, forEach, reportResults } from '../profiles.js';
import { printed } from '../report.js';
import { readSecrets } from '../secrets.js';
import { chosen } from './cards.js';
import type { Command, Context, Report } from './command.js';
import { usage } from '../told.js';

/** Has browsers and mail programs trust the CA that issued the card, or no longer. */
export const trust: Command = {
  name: 'trust',
  operands: [],
  options: [...forCards, 'from', 'for', 'profile', 'all', 'remove', 'list', 'yes', 'passwordFile'],
  async run(context) {
    const { args, interruption } = context;
    if (isSandboxed())
      return reportByHand('trust', trustByHand(args.from ?? (await placeIfKnown(context))), args.json);
    const wanted = purposes(args);
    const profiles = chooseProfiles(args);
    const place = args.from ?? (await placeByCard(context));
    const chain = await loadChain(place, context.model.settings.trusted.current(), interruption);
    if (args.flags.has('list')) return listing(place, chain, profiles, args.json);
    const about = { from: place, chain: chain.map(linkJson) };
    if (args.flags.has('remove')) {
      const removed = await forEach(profiles, profile => distrustChain(profile, chain));
      return () => reportResults('trust', removed, args.json, about);
    }
    const { password } = await readSecrets(args.passwordFile, undefined, interruption);
    if (!args.flags.has('yes')) await confirm(context, place, chain, wanted, profiles);
    const results = await forEach(profiles, profile =>
      withPassword(context, profile, password, chain, wanted),
    );
    return () => reportResults('trust', results, args.json, { ...about, for: wanted });
  },
};

/** @throws Failure `usage` */
function purposes({ for: purposes = 'web,mail' }: Arguments): Trust {
  const words = purposes.split(',');
  if (!words.every(word => word === 'web' || word === 'mail'))
    throw usage('--for is one of web, mail, or web,mail');
  return { web: words.includes('web'), mail: words.includes('mail') };
}

/** @throws Failure `usage` where neither the card nor the settings lead to a CA */
async function placeByCard(context: Context): Promise<string> {
  const { model, interruption } = context;
  const token = await chosen(context);
  const { profile, tpsUrl } = await model.phoneHome.stateFor(token, interruption);
  const address = chainAddress(profile?.caChainUrl ?? '', tpsUrl);
  if (address === undefined) throw usage('nobody says where the CA certificate chain is: use --from');
  return address.url;
}

/** Empty where nothing leads there. @throws Failure `cancelled` */
async function placeIfKnown(context: Context): Promise<string> {
  try {
    return await placeByCard(context);
  } catch (error) {
    if (asFailure(error).code === 'cancelled') throw error;
    return '';
  }
}

/** @throws Failure `cancelled`; `usage` where there is no terminal to ask on */
async function confirm(
  { interruption }: Context,
  place: string,
  chain: readonly ChainLink[],
  wanted: Trust,
  profiles: readonly Profile[],
): Promise<void> {
  const question = [
    fill(_('From {place}:'), { place }),
    ...chain.map(linkText),
    fill(_('{trust}: {profiles}'), {
      trust: trustText(wanted),
      profiles: profiles.map(profileTitle).join(', '),
    }),
    _('Are these the fingerprints that your help desk gives, and is it to be trusted?'),
  ].join('\n');
  await requireYes(question, interruption);
}

/** Asks for the primary password where there is one and no file gives it. */
async function withPassword(
  { interruption }: Context,
  profile: Profile,
  password: string | undefined,
  chain: readonly ChainLink[],
  wanted: Trust,
): Promise<void> {
  try {
    await trustChain(profile, chain, wanted, password);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'primary-password' || password !== undefined)
      throw error;
    const question = fill(_('Primary password of {profile}: '), { profile: profileTitle(profile) });
    let typed: string | undefined;
    try {
      typed = await askOnTerminal(question, false, interruption);
    } catch {
      throw error;
    }
    if (typed === undefined) throw error;
    await trustChain(profile, chain, wanted, typed);
  }
}

async function listing(
  place: string,
  chain: readonly ChainLink[],
  profiles: readonly Profile[],
  json: boolean,
): Promise<Report> {
  const top = chain.find(({ isTop }) => isTop);
  const states: { readonly profile: Profile; readonly trust: Trust | 'unreadable' | undefined }[] = [];
  for (const profile of profiles)
    states.push({ profile, trust: top === undefined ? undefined : await trustIn(profile, top.certificate) });
  if (json)
    return () =>
      printed({
        from: place,
        chain: chain.map(linkJson),
        profiles: states.map(({ profile, trust: found }) => ({
          program: profile.program,
          name: profile.name,
          folder: profile.folder,
          ...trustJson(found),
        })),
      });
  const lines = states.map(({ profile, trust: found }) => `${profileTitle(profile)}: ${trustText(found)}`);
  return () => printed([...chain.map(linkText), ...lines].join('\n'));
}

/** What cannot be read is not known, which is null in JSON. */
function trustJson(trust: Trust | 'unreadable' | undefined): object {
  if (trust === 'unreadable') return { present: null, web: null, mail: null };
  return { present: trust !== undefined, web: trust?.web ?? false, mail: trust?.mail ?? false };
}

function linkJson({ certificate, isTop, faults }: ChainLink): object {
  return {
    subject: certificate.subject.text,
    issuer: certificate.issuer.text,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    sha256: certificate.sha256,
    sha1: certificate.sha1,
    isTop,
    faults,
  };
}

function linkText({ certificate, faults }: ChainLink): string {
  return [
    certificate.subject.text,
    `  ${_('Valid')}: ${certificate.notBefore.toISOString()} – ${certificate.notAfter.toISOString()}`,
    `  SHA-256: ${fingerprintText(certificate.sha256)}`,
    `  SHA-1: ${fingerprintText(certificate.sha1)}`,
    ...faults.map(fault => `  ! ${faultText(fault)}`),
  ].join('\n');
}
