import GLib from 'gi://GLib';
import { asFailure, Failure, type FailureReason } from '../base/failure.js';
import { exists, identityOf, replaceText, textOf } from './files.js';
import { readModuleList, type ListedModule } from './module-list.js';
import { knownName, type CardModule } from './modules.js';
import { runNssTool } from './nss-tool.js';
import { p11KitModules } from './p11-kit.js';
import { isOpen } from './profile-lock.js';
import { profileTitle, type Profile } from './profiles.js';

/** What a profile knows of modules for cards. */
export interface ProfileState {
  readonly profile: Profile;
  /** A program has it open now. */
  readonly open: boolean;
  /** The modules for cards that its own list has. */
  readonly direct: readonly ListedModule[];
  /** It loads p11-kit's proxy, which offers a module for cards. */
  readonly byP11Kit: boolean;
}

/** @param modules that count as modules for cards, besides those that are known by their file's name */
export function lookAt(profile: Profile, modules: readonly CardModule[]): ProfileState {
  const listed = listOf(profile);
  const identities = new Set(modules.map(({ path }) => identityOf(path)));
  const isForCards = (path: string): boolean =>
    knownName(path) !== undefined || identities.has(identityOf(path));
  const viaProxy = listed.some(({ library }) => GLib.path_get_basename(library) === 'p11-kit-proxy.so');
  return {
    profile,
    open: isOpen(profile),
    direct: listed.filter(({ library }) => library !== '' && isForCards(library)),
    byP11Kit: viaProxy && p11KitModules().some(({ path, inProxy }) => inProxy && isForCards(path)),
  };
}

/** Whether an entry of a profile's list is this very module. */
export function isModule({ library }: ListedModule, { path }: CardModule): boolean {
  return identityOf(library) === identityOf(path);
}

/**
 * Adds the module to the profile's list, if it is not there.
 * @throws Failure `profile-open`, `nss-tools-missing`, `nss-refused`; the list is as before then
 */
export async function register(profile: Profile, module: CardModule): Promise<void> {
  checkChangeable(profile);
  if (listOf(profile).some(entry => isModule(entry, module))) return;
  const taken = new Set(listOf(profile).map(({ name }) => name));
  const name = taken.has(module.name) ? `${module.name} ${module.path}` : module.name;
  await change(profile, ['-add', name, '-libfile', module.path], listed =>
    listed.some(entry => entry.name === name && isModule(entry, module)),
  );
}

/**
 * Takes a module out of the profile's list.
 * @throws Failure as `register`
 */
export async function unregister(profile: Profile, { name }: ListedModule): Promise<void> {
  checkChangeable(profile);
  await change(profile, ['-delete', name], listed => !listed.some(entry => entry.name === name), name);
}

/** @throws Failure `profile-open`, `nss-refused` when the database may not be touched */
export function checkChangeable(profile: Profile): void {
  const { folder, sandbox } = profile;
  const named = profileTitle(profile);
  const refuse = (reason: FailureReason, detail: string): Failure =>
    new Failure('nss-refused', detail, { reason, named });
  if (sandbox !== undefined) throw refuse('profile-in-sandbox', 'the program runs in a sandbox');
  // A new database beside it would keep the program from taking the old one over.
  if (!exists(`${folder}/cert9.db`) && exists(`${folder}/cert8.db`))
    throw refuse('profile-of-old-form', 'there is cert8.db, and no cert9.db');
  if (isOpen(profile)) throw new Failure('profile-open', 'a program has the profile open', { named });
}

/** @param leaving the only module that may be missing afterwards */
async function change(
  profile: Profile,
  args: readonly string[],
  isDone: (listed: readonly ListedModule[]) => boolean,
  leaving?: string,
): Promise<void> {
  const file = listFile(profile);
  const before = textOf(file);
  let complaint: string;
  try {
    ({ complaint } = await runNssTool('modutil', ['-dbdir', `sql:${profile.folder}`, '-force', ...args]));
  } catch (error) {
    complaint = asFailure(error).detail;
    if (error instanceof Failure && error.code === 'nss-tools-missing') throw error;
  }
  const listed = listOf(profile);
  const lost = readModuleList(before).filter(
    ({ name }) => name !== leaving && !listed.some(entry => entry.name === name),
  );
  if (lost.length === 0 && isDone(listed)) return;
  if (before !== '' && textOf(file) !== before) replaceText(file, before);
  throw new Failure('nss-refused', complaint);
}

function listFile({ folder }: Profile): string {
  return `${folder}/pkcs11.txt`;
}

function listOf(profile: Profile): ListedModule[] {
  return readModuleList(textOf(listFile(profile)));
}
