/** Writes the catalogue of failures for people: node scripts/failures.mjs [FILE] (docs/failures.md unless given). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { root } from './prepare.mjs';

const file = process.argv[2] ?? join(root, 'docs/failures.md');

/** @typedef {{ number: number, name: string, what: string, next: string, nextOfFormat?: string }} Line */

/** @type {readonly (readonly [from: number, to: number, heading: string])[]} */
const families = [
  [1000, 1099, 'Smart Card Manager'],
  [1100, 1199, 'Readers and pcscd'],
  [1200, 1299, 'Cards'],
  [1300, 1399, 'What is asked of the server'],
  [1400, 1499, 'Programs that use the card'],
  [2000, 2899, 'Results of PC/SC'],
  [2900, 2999, 'Results of the helper program esc-pcsc'],
  [3000, 3199, 'Status words of cards, for any command'],
  [3200, 3299, 'Status words for INSTALL'],
  [3300, 3399, 'Status words for DELETE'],
  [3400, 3499, 'Status words for GET DATA'],
  [3500, 3599, 'Status words for GET STATUS'],
  [3600, 3699, 'Status words for LOAD'],
  [3700, 3998, 'Status words of the CoolKey applet'],
  [3999, 3999, 'Every other status word'],
  [4000, 4999, 'END_OP codes of TPS'],
  [5000, 5999, 'Network, HTTP and servers'],
  [6000, 6999, 'TLS and certificates of servers'],
];

/** @returns {Promise<Line[]>} */
async function catalogue() {
  const folder = mkdtempSync(join(tmpdir(), 'esc-failures-'));
  try {
    const bundle = join(folder, 'catalogue.js');
    await build({
      stdin: {
        contents: `import { catalogue, reasonEntries } from './src/tokens/failures/catalogue.js';
          print(JSON.stringify([...catalogue, ...reasonEntries].map(({ number, name, what, next, nextOfFormat }) =>
            ({ number, name, what: what(), next: next(), nextOfFormat: nextOfFormat?.() }))));`,
        resolveDir: root,
        loader: 'ts',
      },
      outfile: bundle,
      bundle: true,
      format: 'esm',
      target: 'firefox102',
      external: ['gi://*', 'gettext'],
      logLevel: 'warning',
    });
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    /** @type {Line[]} */
    const lines = JSON.parse(execFileSync('gjs', ['-m', bundle], { encoding: 'utf8', env }));
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const lines = await catalogue();
const placeholders = (/** @type {string} */ text) =>
  text.replace(/\{(\w+)\}/g, '*$1*').replaceAll('|', '\\|');
const tables = families.map(([from, to, heading]) => {
  const rows = lines
    .filter(({ number }) => number >= from && number <= to)
    .sort((a, b) => a.number - b.number)
    .map(
      ({ number, name, what, next, nextOfFormat }) =>
        `| ESC-${number} | \`${name}\` | ${placeholders(what)} | ${placeholders(next)}${
          nextOfFormat === undefined ? '' : ` Where it was to be formatted: ${placeholders(nextOfFormat)}`
        } |`,
    );
  return [
    `## ${heading}`,
    '',
    '| Number | Name | What happened | What to do |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
});

writeFileSync(
  file,
  `# Failures

Made by \`node scripts/failures.mjs\` from \`src/tokens/failures\`, as are the words of the dialogs, of \`escctl\` and of the
log. A number never changes its meaning. The name is the word of the field or of the program: \`escctl --json\` tells
it as \`code\`, as \`facts.result\` or as \`facts.reason\`. A number that stands in several lines has a reason for each
but the first. Words in italics are filled in.

${tables.join('\n\n')}
`,
);
