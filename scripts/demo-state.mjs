/** Where a running demo says what it is, and the environment of programs that belong to it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildDirectory } from './prepare.mjs';
import { processStart } from './process-start.mjs';

export const demoDirectory = join(buildDirectory, 'demo-run');
export const stateFile = join(demoDirectory, 'state.json');

/**
 * @typedef {object} DemoState
 * @property {number} pid the process that ends everything when it ends
 * @property {string} started as processStart tells it: a process that has got the number since is another one
 * @property {string} user
 * @property {string} password
 * @property {string} tps
 * @property {readonly string[]} readers
 */

/** The demo that runs; undefined when none does. @returns {DemoState | undefined} */
export function runningDemo() {
  if (!existsSync(stateFile)) return undefined;
  const state = /** @type {DemoState} */ (JSON.parse(readFileSync(stateFile, 'utf8')));
  const started = processStart(state.pid);
  return started !== undefined && started === state.started ? state : undefined;
}

/** Settings and a log of the demo's own: a keyfile in its folder, never the user's dconf. */
export function demoEnvironment() {
  return {
    ...process.env,
    GSETTINGS_BACKEND: 'keyfile',
    XDG_CONFIG_HOME: join(demoDirectory, 'config'),
    XDG_STATE_HOME: join(demoDirectory, 'state'),
  };
}
