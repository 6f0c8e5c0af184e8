import GLib from 'gi://GLib';
import { runCommandLine } from './cli/command-line.js';
import { initText } from './io/text.js';
import type { Installation } from './tokens/model.js';

/** `escctl`: one command, then it ends. @returns the exit status */
export function main(args: string[], installation: Installation): number {
  initText(installation.localedir);
  const loop = new GLib.MainLoop(null, false);
  let status = 1;
  runCommandLine(args, installation)
    .then(
      result => (status = result),
      (error: unknown) => logError(error as object),
    )
    .finally(() => loop.quit());
  loop.run();
  return status;
}
