import { onTerminal, type Step } from '../escctl/terminal.js';

/** Types into an interactive shell on a terminal of its own. @returns all that appeared */
export async function typeInto(shell: string, steps: readonly Step[]): Promise<string> {
  const environment = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TERM: 'dumb', PS1: '$ ', COLUMNS: '200' };
  const { screen } = await onTerminal([shell, '--norc', '--noprofile', '-i'], steps, environment);
  return screen;
}
