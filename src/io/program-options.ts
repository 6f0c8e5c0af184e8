import type Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { _, fill } from './text.js';

/** The exit status of a program that was called wrongly. */
export const usageError = 2;

/** The name of what comes after the options. */
const rest = '';

/**
 * Runs a program with the options that all have: --version, and --help, which GLib adds. GLib says what is wrong with
 * an option.
 * @returns the exit status: 2 where the program was called wrongly
 */
export function runApplication(
  application: Gio.Application,
  { program, version }: { readonly program: string; readonly version: string },
  args: readonly string[],
): number {
  const { NONE } = GLib.OptionFlags;
  const { STRING_ARRAY } = GLib.OptionArg;
  application.add_main_option('version', 0, NONE, GLib.OptionArg.NONE, _('Tell the version and end'), null);
  application.add_main_option(rest, 0, NONE, STRING_ARRAY, '', null);
  let understood = false as boolean;
  application.connect('handle-local-options', (_application, options) => {
    understood = true;
    if (options.contains('version')) {
      print(`${program} ${version}`);
      return 0;
    }
    if (!options.contains(rest)) return -1;
    const [word = ''] = options.lookup_value(rest, null).deepUnpack<string[]>();
    printerr(fill(_('“{word}” is one word too many'), { word }));
    return usageError;
  });
  // What --help calls it.
  GLib.set_prgname(program);
  const status = application.run([program, ...args]);
  return understood ? status : usageError;
}
