/**
 * npm run bench [-- round-trip | enrollment | insertion | window | phone-home ...] [--tps=URL --user=NAME --password-file=FILE]
 *
 * Measures the program as it is installed in build/stage, in ratios of one run: see docs/benchmarks.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { asRoot, buildDirectory, prepare, root, stop } from './prepare.mjs';
import { forTests } from './requirements.mjs';

const parts = ['round-trip', 'enrollment', 'insertion', 'window', 'phone-home'];
const wanted = process.argv.slice(2);
if (!wanted.every(word => parts.includes(word) || /^--(tps|user|password-file)=/.test(word)))
  stop(`usage: npm run bench [-- ${parts.join(' | ')} ... [--tps=URL --user=NAME --password-file=FILE]]`);

await prepare(forTests);
if (asRoot() === undefined)
  stop('Virtual readers need root, and there is no sudo. As root, run: npm run bench');
// It needs packages that are there only now.
const { benchDirectory, bundleBench } = await import('./bundle-bench.mjs');
await bundleBench();

// A display and a session bus of the bench's own.
const { status } = spawnSync(
  'xvfb-run',
  [
    '--auto-servernum',
    '--server-args=-screen 0 1280x800x24 -nolisten tcp',
    'dbus-run-session',
    '--',
    process.execPath,
    join(benchDirectory, 'bench.mjs'),
    buildDirectory,
    ...wanted,
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
process.exit(status ?? 1);
