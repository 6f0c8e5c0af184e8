import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import { namesIn } from '../io/folder.js';
import { fitsThisMachine } from './elf.js';
import { exists, identityOf, textOf } from './files.js';
import { usualFolder } from './usual-folder.js';

/** A PKCS #11 module: a library by which programs use the card. */
export interface CardModule {
  /** As its project calls it; NSS lists the module by this name. */
  readonly name: string;
  readonly path: string;
}

/** Modules that know CoolKey cards, the one that the guide names (table 4.1) first. */
const known: readonly (readonly [file: string, name: string])[] = [
  ['onepin-opensc-pkcs11.so', 'OpenSC (One PIN)'],
  ['opensc-pkcs11.so', 'OpenSC'],
  ['libcoolkeypk11.so', 'CoolKey'],
];

/** Debian's names for the kinds of machines whose libraries are here. */
function triplets(): string[] {
  return namesIn('/usr/lib').filter(name => /-linux-gnu/.test(name));
}

/** Folders of libraries: those of Debian's architectures, Fedora's, and what is built by hand. */
export function libraryFolders(): string[] {
  const folders = [...triplets().map(name => `/usr/lib/${name}`), '/usr/lib64', '/usr/lib', '/usr/local/lib'];
  return folders.flatMap(folder => [folder, `${folder}/pkcs11`]);
}

/** The modules for cards that are installed here, the best first, each once. */
export function findModules(): CardModule[] {
  const folders = libraryFolders();
  const found = new Map<string, CardModule>();
  for (const [file, name] of known)
    for (const folder of folders) {
      const path = `${folder}/${file}`;
      const identity = identityOf(path);
      const already = [...found.values()].some(module => module.name === name);
      if (!already && !found.has(identity) && exists(path) && fitsThisMachine(path))
        found.set(identity, { name, path });
    }
  return [...found.values()];
}

/** Where the best module lies once it is installed, or does already: a sandbox lets nobody see which are. */
export function usualModule(): CardModule {
  // Flatpak shows it there for the system around; runtimes have Debian's folders.
  const osRelease = textOf('/run/host/os-release') || textOf('/etc/os-release');
  const triplet = triplets().find(name => fitsThisMachine(`/usr/lib/${name}/libc.so.6`));
  return { name: 'OpenSC', path: `${usualFolder(osRelease, triplet ?? '')}/onepin-opensc-pkcs11.so` };
}

/** @throws Failure `nss-refused` when there is no library at the path that programs here can load */
export function moduleAt(path: string): CardModule {
  const absolute = GLib.canonicalize_filename(path, null);
  if (!fitsThisMachine(absolute))
    throw new Failure('nss-refused', 'it is no library for this machine', {
      reason: 'not-a-library',
      named: absolute,
    });
  return { name: knownName(absolute) ?? GLib.path_get_basename(absolute), path: absolute };
}

/** The name of a module for cards by its file's name; undefined of any other. */
export function knownName(path: string): string | undefined {
  const file = GLib.path_get_basename(path);
  return known.find(([name]) => name === file)?.[1];
}
