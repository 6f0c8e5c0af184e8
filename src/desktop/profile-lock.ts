import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { exists, linkTarget, textOf } from './files.js';
import type { Profile } from './profiles.js';

/**
 * Whether a program has the profile open now.
 *
 * Firefox and Thunderbird hold a lock of fcntl on `.parentlock` while they run. That file and the symbolic link
 * `lock` stay when they crash, so only the kernel's list of locks tells. Chromium's `SingletonLock` is a link to
 * HOST-PID that stays as well; it counts while that process is a browser's.
 */
export function isOpen({ folder }: Profile): boolean {
  return isLocked(`${folder}/.parentlock`) || (folder.endsWith('pki/nssdb') && chromiumRuns());
}

/** The device is not compared: on btrfs the list tells another one than the file does. */
function isLocked(path: string): boolean {
  const inode = inodeOf(path);
  if (inode === undefined) return false;
  return new RegExp(`^\\d+: \\w+ .* [0-9a-f]+:[0-9a-f]+:${inode} `, 'm').test(textOf('/proc/locks'));
}

function inodeOf(path: string): string | undefined {
  try {
    const attribute = Gio.FILE_ATTRIBUTE_UNIX_INODE;
    const info = Gio.File.new_for_path(path).query_info(attribute, Gio.FileQueryInfoFlags.NONE, null);
    return info.get_attribute_as_string(attribute) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Browsers that use the shared database, by their folders of settings. */
const chromiumFolders = [
  'chromium',
  'google-chrome',
  'google-chrome-beta',
  'google-chrome-unstable',
  'microsoft-edge',
  'BraveSoftware/Brave-Browser',
  'vivaldi',
];

function chromiumRuns(): boolean {
  return chromiumFolders.some(folder => {
    const target = linkTarget(`${GLib.get_user_config_dir()}/${folder}/SingletonLock`) ?? '';
    const [, host, pid] = /^(.*)-(\d+)$/.exec(target) ?? [];
    if (host !== GLib.get_host_name() || pid === undefined || !exists(`/proc/${pid}`)) return false;
    // The number may have gone to another process since.
    return /chrom|edge|brave|vivaldi/i.test(textOf(`/proc/${pid}/comm`));
  });
}
