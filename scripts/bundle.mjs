/** Bundles the programs that GJS runs: node scripts/bundle.mjs FOLDER */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const [outdir] = process.argv.slice(2);
if (outdir === undefined) {
  console.error('usage: node scripts/bundle.mjs FOLDER');
  process.exit(2);
}

// Chunks of the last time have other names.
rmSync(join(outdir, 'chunks'), { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir,
  bundle: true,
  format: 'esm',
  // The SpiderMonkey of GJS 1.74 is that of Firefox 102.
  target: 'firefox102',
  external: ['gi://*', 'resource://*', 'system', 'gettext', 'cairo'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints: { esc: join(root, 'src/main.ts') },
  // What is imported only when it is needed does not delay the window.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
});

// In one file each: GJS 1.74 aborts when a program ends while a module is being loaded, and these end at any moment.
await build({
  ...common,
  entryPoints: { escctl: join(root, 'src/escctl.ts'), escd: join(root, 'src/escd.ts') },
});
