import { version } from 'system';
import { runProgram } from './run-program.js';

/** Of this process's GJS, such as 1.74.2. */
export function gjsVersion(): string {
  const parts = [Math.floor(version / 10000), Math.floor(version / 100) % 100, version % 100];
  return parts.join('.');
}

/**
 * Of the pcscd that is installed, else of the library that the helper program was built with; '' where neither tells.
 * @param shim path of esc-pcsc
 */
export async function pcscLiteVersion(shim: string): Promise<string> {
  for (const program of ['pcscd', '/usr/sbin/pcscd', '/usr/local/sbin/pcscd', shim]) {
    const end = await runProgram([program, '--version']);
    const [found] = /\d+(\.\d+)+/.exec(end?.stdout ?? '') ?? [];
    if (found !== undefined) return found;
  }
  return '';
}

export interface ToolkitVersions {
  readonly gtk: string;
  readonly adwaita: string;
}

const script = `imports.gi.versions.Gtk = '4.0';
const { Gtk, Adw } = imports.gi;
for (const { get_major_version, get_minor_version, get_micro_version } of [Gtk, Adw])
  print([get_major_version(), get_minor_version(), get_micro_version()].join('.'));`;

/** Of what the window would load, for a program that has no window; '' where it is not installed. */
export async function toolkitVersions(): Promise<ToolkitVersions> {
  const end = await runProgram(['gjs', '-c', script]);
  const [gtk = '', adwaita = ''] = (end?.stdout ?? '').split('\n');
  return { gtk, adwaita };
}
