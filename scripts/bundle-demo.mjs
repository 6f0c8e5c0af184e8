/** Bundles the demo, which Node runs, and compiles its link to vpcd: node scripts/bundle-demo.mjs FOLDER */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const [outdir] = process.argv.slice(2);
if (outdir === undefined) {
  console.error('usage: node scripts/bundle-demo.mjs FOLDER');
  process.exit(2);
}
mkdirSync(outdir, { recursive: true });

await build({
  entryPoints: { demo: join(root, 'demo/main.ts') },
  outdir,
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

const link = join(outdir, 'vpcd-link');
const source = join(root, 'demo/vpcd-link/vpcd-link.c');
if (!existsSync(link) || statSync(link).mtimeMs < statSync(source).mtimeMs) {
  const compiled = spawnSync('cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-o', link, source], {
    stdio: [0, 2, 2],
  });
  if (compiled.status !== 0) process.exit(1);
}
