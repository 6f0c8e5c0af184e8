import GLib from 'gi://GLib';
import { Failure } from '../../base/failure.js';
import { browsersInSandbox, registrationByHand } from '../../desktop/by-hand.js';
import { findModules, moduleAt, type CardModule } from '../../desktop/modules.js';
import { p11KitKnows, registerWithP11Kit, unregisterFromP11Kit } from '../../desktop/p11-kit.js';
import { findProfiles, profileTitle } from '../../desktop/profiles.js';
import { isModule, lookAt, register, unregister } from '../../desktop/registration.js';
import { stateText } from '../../desktop/words.js';
import { isSandboxed } from '../../io/sandbox.js';
import { _, fill } from '../../io/text.js';
import { reportByHand } from '../by-hand.js';
import { chooseProfiles, forEach, reportResults, resultOf } from '../profiles.js';
import { printed, printedOr } from '../report.js';
import type { Arguments } from '../arguments.js';
import type { Command, Report } from './command.js';

/** Makes browsers and mail programs use the card, or no longer. */
export const registerModule: Command = {
  name: 'register-module',
  operands: [],
  options: ['module', 'profile', 'all', 'p11Kit', 'remove', 'list'],
  async run({ args }) {
    if (isSandboxed())
      return reportByHand('register-module', [...registrationByHand(), browsersInSandbox()], args.json);
    const modules = findModules();
    if (args.flags.has('list')) return listing(modules, args.json);
    const module = args.module === undefined ? modules[0] : moduleAt(args.module);
    if (args.flags.has('p11Kit')) return withP11Kit(module, args);
    if (args.flags.has('remove')) return remove(modules, args);
    const wanted = present(module);
    const results = await forEach(chooseProfiles(args), profile => register(profile, wanted));
    return () => reportResults('register-module', results, args.json, { module: wanted });
  },
};

/** Removes the module that was named, or every module for cards. */
async function remove(modules: readonly CardModule[], args: Arguments): Promise<Report> {
  const only =
    args.module === undefined ? undefined : { name: '', path: GLib.canonicalize_filename(args.module, null) };
  const results = await forEach(chooseProfiles(args), async profile => {
    const { direct } = lookAt(profile, only === undefined ? modules : [...modules, only]);
    for (const entry of direct)
      if (only === undefined || isModule(entry, only)) await unregister(profile, entry);
  });
  return () => reportResults('register-module', results, args.json, {});
}

async function withP11Kit(module: CardModule | undefined, { flags, json }: Arguments): Promise<Report> {
  const work = flags.has('remove') ? unregisterFromP11Kit : () => registerWithP11Kit(present(module));
  const result = await resultOf('p11-kit', '', work);
  return () => reportResults('register-module', [result], json, { module: module ?? null });
}

/** @throws Failure `module-missing` */
function present(module: CardModule | undefined): CardModule {
  if (module !== undefined) return module;
  throw new Failure('module-missing', 'no PKCS #11 module for cards was found');
}

function listing(modules: readonly CardModule[], json: boolean): Report {
  const states = findProfiles().map(profile => lookAt(profile, modules));
  if (json)
    return () =>
      printed({
        modules: modules.map(module => ({ ...module, knownToP11Kit: p11KitKnows(module) })),
        profiles: states.map(({ profile, open, direct, byP11Kit }) => ({
          program: profile.program,
          name: profile.name,
          folder: profile.folder,
          sandbox: profile.sandbox ?? null,
          open,
          modules: direct,
          byP11Kit,
        })),
      });
  return () =>
    printedOr(
      [
        ...modules.map(module => moduleText(module)),
        ...states.map(
          state => `${profileTitle(state.profile)}: ${stateText(state)}\n  ${state.profile.folder}`,
        ),
      ].join('\n'),
      _('No module for cards and no profile of a browser or mail program was found.'),
    );
}

function moduleText(module: CardModule): string {
  const text = p11KitKnows(module)
    ? _('Module {name}, known to p11-kit')
    : _('Module {name}, not known to p11-kit');
  return `${fill(text, { name: module.name })}\n  ${module.path}`;
}
