import { lab } from '../support/dogtag/lab.js';

/** Vitest's global set-up: the servers run before the first test, whose time is its own then. */
export default async function setup(): Promise<void> {
  await lab.use();
}
