import { AgentApplication } from './agent/application.js';
import { runApplication } from './io/program-options.js';
import { initText } from './io/text.js';
import type { Installation } from './tokens/model.js';

/** `escd`: watches the cards without a window. @returns the exit status */
export function main(args: string[], installation: Installation): number {
  initText(installation.localedir);
  return runApplication(new AgentApplication(installation), installation, args);
}
