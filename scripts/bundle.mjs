/** Bundles the programs that GJS runs, and the licences of the packages in them: node scripts/bundle.mjs FOLDER */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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

/** Of libraries of which a machine may have several. */
const versions = new Map([
  ['gi://Adw', '1'],
  ['gi://Gdk', '4.0'],
  ['gi://Gtk', '4.0'],
]);

/**
 * Names the version wherever such a library is imported: which module is the first to do so changes with the chunks.
 * @type {import('esbuild').Plugin}
 */
const namedVersions = {
  name: 'named-versions',
  setup: bundling => {
    bundling.onResolve({ filter: /^gi:/ }, ({ path }) => {
      const version = versions.get(path);
      return { path: version === undefined ? path : `${path}?version=${version}`, external: true };
    });
  },
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir,
  bundle: true,
  format: 'esm',
  // The SpiderMonkey of GJS 1.74 is that of Firefox 102.
  target: 'firefox102',
  external: ['resource://*', 'system', 'gettext', 'cairo'],
  plugins: [namedVersions],
  loader: { '.xml': 'text' },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/**
 * Keeps all that is loaded at the start in one file. Else each of its modules that something needs later, too, would
 * be in a file of its own, which takes time to load; so all that is loaded later is made to need the whole.
 * @param {string} start the module that is loaded at the start
 * @returns {import('esbuild').Plugin}
 */
const startInOneFile = start => ({
  name: 'start-in-one-file',
  setup: bundling => {
    const later = 'later';
    bundling.onResolve({ filter: /^\./ }, async ({ path, kind, pluginData, ...where }) => {
      if (kind !== 'dynamic-import' || pluginData === later) return undefined;
      const { path: file } = await bundling.resolve(path, { ...where, kind, pluginData: later });
      return { path: file, pluginData: later };
    });
    bundling.onLoad({ filter: /\.ts$/ }, ({ path, pluginData }) => {
      if (pluginData !== later) return undefined;
      const contents = `import ${JSON.stringify(start)};\n${readFileSync(path, 'utf8')}`;
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
  },
});

/**
 * What is imported only when it is needed does not delay the window, and takes the agent no memory before.
 * @param {string} name
 * @param {string} start
 */
const inParts = (name, start) =>
  build({
    ...common,
    entryPoints: { [name]: start },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [namedVersions, startInOneFile(start)],
  });

const parts = [
  await inParts('esc', join(root, 'src/main.ts')),
  await inParts('escd', join(root, 'src/escd.ts')),
];

// In one file: its exit status is told by telling GJS to exit, which aborts GJS 1.74 while it loads a module.
const whole = await build({ ...common, entryPoints: { escctl: join(root, 'src/escctl.ts') } });

const inputs = [...parts, whole].flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
const packages = new Set(
  inputs.flatMap(input => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
);
const notices = [...packages].sort().map(folder => {
  const about = /** @type {{ name: string, version: string, license?: string }} */ (
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  );
  if (about.license === undefined) throw new Error(`${folder} names no licence`);
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name));
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${about.name} ${about.version}: ${about.license}\n${text}`;
});
writeFileSync(join(outdir, 'licences.txt'), notices.join('\n\n'));
