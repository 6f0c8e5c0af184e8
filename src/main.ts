import './ui/resources.js';
import { runProgram } from './io/program-options.js';
import { initText } from './io/text.js';
import type { Installation } from './tokens/model.js';
import { Application } from './ui/application.js';

/** `esc`: opens the window. @returns the exit status */
export function main(args: string[], installation: Installation): number {
  initText(installation.localedir);
  return runProgram(new Application(installation), installation, args);
}
