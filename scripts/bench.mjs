/**
 * npm run bench [-- round-trip | enrollment | insertion | window | phone-home ...] [--tps=URL --user=NAME --password-file=FILE]
 *
 * Measures the program as it is installed in build/stage, in ratios of one run: see docs/benchmarks.md.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { asRoot, buildDirectory, prepare, root, run, stop } from './prepare.mjs';
import { forTests } from './requirements.mjs';

const parts = ['round-trip', 'enrollment', 'insertion', 'window', 'phone-home'];
const wanted = process.argv.slice(2);
if (!wanted.every(word => parts.includes(word) || /^--(tps|user|password-file)=/.test(word)))
  stop(`usage: npm run bench [-- ${parts.join(' | ')} ... [--tps=URL --user=NAME --password-file=FILE]]`);

await prepare(forTests);
if (asRoot() === undefined)
  stop('Virtual readers need root, and there is no sudo. As root, run: npm run bench');
const { build } = await import('esbuild');

const source = join(root, 'bench');
const out = join(buildDirectory, 'bench');
mkdirSync(out, { recursive: true });

await build({
  entryPoints: { bench: join(source, 'main.ts') },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // node-forge is CommonJS and asks for Node's modules by require.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await build({
  entryPoints: ['round-trip', 'enrollment', 'window-probe', 'phone-home'].map(name =>
    join(source, `gjs/${name}.ts`),
  ),
  outdir: out,
  bundle: true,
  format: 'esm',
  target: 'firefox102',
  external: ['gi://*', 'resource://*', 'system', 'gettext', 'cairo'],
  logLevel: 'warning',
});
copyFileSync(join(source, 'gjs/empty-window.js'), join(out, 'empty-window.js'));
const pcsc = spawnSync('pkg-config', ['--cflags', '--libs', 'libpcsclite'], { encoding: 'utf8' });
run('cc', [
  '-std=gnu11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-o',
  join(out, 'pcsc-loop'),
  join(source, 'c/pcsc-loop.c'),
  ...pcsc.stdout.trim().split(/\s+/),
]);

// A display and a session bus of the bench's own.
const { status } = spawnSync(
  'xvfb-run',
  [
    '--auto-servernum',
    '--server-args=-screen 0 1280x800x24 -nolisten tcp',
    'dbus-run-session',
    '--',
    process.execPath,
    join(out, 'bench.mjs'),
    buildDirectory,
    ...wanted,
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
process.exit(status ?? 1);
