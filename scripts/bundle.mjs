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

await build({
  entryPoints: {
    esc: join(root, 'src/main.ts'),
    escctl: join(root, 'src/escctl.ts'),
    escd: join(root, 'src/escd.ts'),
  },
  outdir,
  bundle: true,
  // What is imported only when it is needed does not delay the window.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  // The SpiderMonkey of GJS 1.74 is that of Firefox 102.
  target: 'firefox102',
  external: ['gi://*', 'resource://*', 'system', 'gettext', 'cairo'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
});
