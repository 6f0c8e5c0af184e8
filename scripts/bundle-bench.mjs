/** The programs of the benchmarks, made ready to run in build/bench. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildDirectory, root, run } from './prepare.mjs';

export const benchDirectory = join(buildDirectory, 'bench');

const source = join(root, 'bench');

export async function bundleBench() {
  mkdirSync(benchDirectory, { recursive: true });
  await build({
    entryPoints: { bench: join(source, 'main.ts'), dogtag: join(source, 'dogtag.ts') },
    outdir: benchDirectory,
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
    outdir: benchDirectory,
    bundle: true,
    format: 'esm',
    target: 'firefox102',
    external: ['gi://*', 'resource://*', 'system', 'gettext', 'cairo'],
    logLevel: 'warning',
  });
  copyFileSync(join(source, 'gjs/empty-window.js'), join(benchDirectory, 'empty-window.js'));
  const pcsc = spawnSync('pkg-config', ['--cflags', '--libs', 'libpcsclite'], { encoding: 'utf8' });
  const warnings = ['-Wall', '-Wextra'];
  const output = ['-o', join(benchDirectory, 'pcsc-loop'), join(source, 'c/pcsc-loop.c')];
  run('cc', ['-std=gnu11', '-O2', ...warnings, ...output, ...pcsc.stdout.trim().split(/\s+/)]);
}
