import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { asFailure, Failure } from '../base/failure.js';
import { namesIn } from '../io/folder.js';
import { exists, identityOf, replaceText, textOf } from './files.js';
import { libraryFolders, type CardModule } from './modules.js';

/** A module that p11-kit is told of, and so every program that goes through p11-kit. */
export interface P11KitModule {
  readonly path: string;
  /** Whether programs see it that load p11-kit-proxy. */
  readonly inProxy: boolean;
}

const ownFile = 'io.github.escproject.Esc.module';

/**
 * What p11-kit is told of (pkcs11.conf(5)): module files of the system, of the administrator and of the user,
 * where the later win over the earlier of the same name.
 */
export function p11KitModules(): P11KitModule[] {
  const folders = ['/usr/share/p11-kit/modules', '/etc/pkcs11/modules', ...(isRoot() ? [] : [userFolder()])];
  const merged = new Map<string, Map<string, string>>();
  for (const folder of folders)
    for (const file of namesIn(folder).filter(name => /^[A-Za-z0-9][\w,.-]*\.module$/.test(name))) {
      const settings = readSettings(textOf(`${folder}/${file}`));
      merged.set(file, new Map([...(merged.get(file) ?? []), ...settings]));
    }
  return [...merged.values()].flatMap(settings => {
    const module = settings.get('module') ?? '';
    return module === '' ? [] : [{ path: resolved(module), inProxy: isInProxy(settings) }];
  });
}

/** Whether p11-kit knows the module, whoever told it. */
export function p11KitKnows(module: CardModule): boolean {
  const identity = identityOf(module.path);
  return p11KitModules().some(({ path }) => identityOf(path) === identity);
}

/** The path of the module that this program told p11-kit of; undefined where it told of none. */
export function ownP11KitModule(): string | undefined {
  return readSettings(textOf(`${userFolder()}/${ownFile}`)).get('module');
}

/** Tells p11-kit of the module, for this user. @throws Failure `nss-refused` */
export function registerWithP11Kit(module: CardModule): void {
  if (isRoot())
    throw new Failure('nss-refused', 'p11-kit reads no user’s files for root', { reason: 'p11-kit-of-root' });
  try {
    GLib.mkdir_with_parents(userFolder(), 0o700);
    replaceText(`${userFolder()}/${ownFile}`, `module: ${module.path}\n`);
  } catch (error) {
    throw new Failure('nss-refused', asFailure(error).detail, {}, { cause: error });
  }
}

/** Takes back what this program told p11-kit; what others told stays. @throws Failure `nss-refused` */
export function unregisterFromP11Kit(): void {
  const file = `${userFolder()}/${ownFile}`;
  if (exists(file) && GLib.unlink(file) !== 0)
    throw new Failure('nss-refused', 'it cannot be deleted', { reason: 'file-stays', named: file });
}

/** Where a module file without a folder in its name lies. */
function resolved(module: string): string {
  if (module.startsWith('/')) return module;
  const folders = libraryFolders().filter(folder => folder.endsWith('/pkcs11'));
  return folders.map(folder => `${folder}/${module}`).find(exists) ?? module;
}

function isInProxy(settings: ReadonlyMap<string, string>): boolean {
  const programs = (key: string): string[] | undefined => settings.get(key)?.split(/[\s,]+/);
  return (
    (programs('enable-in')?.includes('p11-kit-proxy') ?? true) &&
    programs('disable-in')?.includes('p11-kit-proxy') !== true
  );
}

function readSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([\w.-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key, value);
  }
  return settings;
}

function userFolder(): string {
  return `${GLib.get_user_config_dir()}/pkcs11/modules`;
}

/** p11-kit reads no user's files for root. */
function isRoot(): boolean {
  return new Gio.Credentials().get_unix_user() === 0;
}
