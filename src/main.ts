import './ui/resources.js';
import { runApplication } from './io/program-options.js';
import { initText } from './io/text.js';
import type { Installation } from './tokens/model.js';
import { Application } from './ui/application.js';

/** `esc`: opens the window. @returns the exit status */
export function main(args: string[], installation: Installation): number {
  initText(installation.localedir);
  return runApplication(new Application(installation), installation, args);
}
