import { join } from 'node:path';
import process from 'node:process';

/**
 * The command that runs a program where it finds /.flatpak-info, as under Flatpak, in a mount namespace of its own.
 * @param folder is empty
 */
export function inSandbox(folder: string, program: string): readonly string[] {
  const namespace = process.getuid?.() === 0 ? '-m' : '-Urm';
  return ['unshare', namespace, 'sh', join(import.meta.dirname, 'sandbox.sh'), folder, program];
}
