/** npm run -s escctl -- ARGUMENTS: the command line from the tree, with the demo's settings. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { demoEnvironment } from './demo-state.mjs';
import { stage, stop } from './prepare.mjs';

const escctl = join(stage, 'bin/escctl');
if (!existsSync(escctl)) stop('Not built yet: run "npm run demo" or "npm run build" first.');
const child = spawn(escctl, process.argv.slice(2), { stdio: 'inherit', env: demoEnvironment() });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
