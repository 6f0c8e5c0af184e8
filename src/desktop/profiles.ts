import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import { exists, isFolder, textOf } from './files.js';

/** What keeps a program from the libraries of the system, the modules among them. */
export type Sandbox = 'flatpak' | 'snap';

/** A set of settings of a browser or mail program, with an NSS database of its own. */
export interface Profile {
  /** A proper name, such as Firefox. */
  readonly program: string;
  /** As the program calls it; Chromium has one for all, without a name. */
  readonly name: string;
  readonly folder: string;
  readonly sandbox?: Sandbox;
}

/** Below the user's home or, after `config:` and `data:`, below the folders of the XDG base directories. */
const mozillaPlaces: readonly (readonly [program: string, place: string, sandbox?: Sandbox])[] = [
  ['Firefox', '.mozilla/firefox'],
  ['Firefox', 'config:mozilla/firefox'],
  ['Firefox', 'snap/firefox/common/.mozilla/firefox', 'snap'],
  ['Firefox', 'snap/firefox/common/.config/mozilla/firefox', 'snap'],
  ['Firefox', '.var/app/org.mozilla.firefox/.mozilla/firefox', 'flatpak'],
  ['Firefox', '.var/app/org.mozilla.firefox/config/mozilla/firefox', 'flatpak'],
  ['Thunderbird', '.thunderbird'],
  ['Thunderbird', 'config:thunderbird'],
  ['Thunderbird', 'snap/thunderbird/common/.thunderbird', 'snap'],
  ['Thunderbird', '.var/app/org.mozilla.Thunderbird/.thunderbird', 'flatpak'],
  ['Thunderbird', '.var/app/org.mozilla.thunderbird/.thunderbird', 'flatpak'],
];

/** Chrome and Chromium share one database. */
const chromiumPlaces: readonly (readonly [place: string, program: string, sandbox?: Sandbox])[] = [
  ['.pki/nssdb', 'Chromium'],
  ['data:pki/nssdb', 'Chromium'],
  ['snap/chromium/current/.pki/nssdb', 'Chromium', 'snap'],
  ['.var/app/org.chromium.Chromium/.pki/nssdb', 'Chromium', 'flatpak'],
  ['.var/app/com.google.Chrome/.pki/nssdb', 'Google Chrome', 'flatpak'],
];

/** The profiles of this user that are there, each once. */
export function findProfiles(): Profile[] {
  const mozilla = mozillaPlaces.flatMap(([program, place, sandbox]) =>
    mozillaProfiles(program, absolute(place), sandbox),
  );
  const chromium = chromiumPlaces
    .map(([place, program, sandbox]) => profileOf(program, '', absolute(place), sandbox))
    .filter(({ folder }) => exists(`${folder}/cert9.db`));
  return [...new Map([...mozilla, ...chromium].map(profile => [profile.folder, profile])).values()];
}

/**
 * The profile in a folder, whether or not a program lists it.
 * @throws Failure `nss-refused` when there is no such folder
 */
export function profileAt(path: string): Profile {
  const folder = GLib.canonicalize_filename(path, null);
  if (!isFolder(folder))
    throw new Failure('nss-refused', 'it is no folder', { reason: 'not-a-folder', named: folder });
  const listed = findProfiles().find(profile => GLib.canonicalize_filename(profile.folder, null) === folder);
  return listed ?? profileOf('NSS', GLib.path_get_basename(folder), folder);
}

/** The program and, where it has several profiles, which: Firefox (work). */
export function profileTitle({ program, name }: Profile): string {
  return name === '' ? program : `${program} (${name})`;
}

/** The profiles that a program's profiles.ini lists; the one that is started by itself comes first. */
function mozillaProfiles(program: string, root: string, sandbox?: Sandbox): Profile[] {
  const text = textOf(`${root}/profiles.ini`);
  if (text === '') return [];
  const groups = readIni(text);
  const chosen = new Set(
    groups.filter(([title]) => title.startsWith('Install')).map(([, values]) => values.get('Default')),
  );
  return groups
    .filter(([title, values]) => /^Profile\d+$/.test(title) && values.has('Path'))
    .sort(([, a], [, b]) => Number(chosen.has(b.get('Path'))) - Number(chosen.has(a.get('Path'))))
    .map(([, values]) => {
      const path = values.get('Path') ?? '';
      const folder = values.get('IsRelative') === '0' ? path : `${root}/${path}`;
      return profileOf(program, values.get('Name') ?? GLib.path_get_basename(path), folder, sandbox);
    })
    .filter(({ folder }) => folder.startsWith('/') && isFolder(folder));
}

function profileOf(program: string, name: string, folder: string, sandbox?: Sandbox): Profile {
  return { program, name, folder, ...(sandbox === undefined ? {} : { sandbox }) };
}

/** Mozilla's own writer puts neither comments nor spaces; a hand that did so is understood. */
function readIni(text: string): (readonly [string, ReadonlyMap<string, string>])[] {
  const groups: [string, Map<string, string>][] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, title] = /^\s*\[(.*)\]\s*$/.exec(line) ?? [];
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (title !== undefined) groups.push([title, new Map<string, string>()]);
    else if (key !== undefined && value !== undefined) groups.at(-1)?.[1].set(key, value);
  }
  return groups;
}

function absolute(place: string): string {
  if (place.startsWith('config:')) return `${GLib.get_user_config_dir()}/${place.slice('config:'.length)}`;
  if (place.startsWith('data:')) return `${GLib.get_user_data_dir()}/${place.slice('data:'.length)}`;
  return `${GLib.get_home_dir()}/${place}`;
}
