/**
 * docs/interop.md: what each scenario with a real Dogtag came to. A run of some of them leaves the others' lines, and
 * what is written by hand stays.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format } from 'prettier';
import { root } from './prepare.mjs';

/** @typedef {import('./vitest.mjs').File} File */

const path = join(root, 'docs/interop.md');
const marks = /(?<=<!-- results -->\n)[^]*(?=<!-- end of results -->)/;

/** Lines of a table in Markdown by area and scenario. @param {string} text */
function linesOf(text) {
  const rows = text.split('\n').filter(line => /^\| (?!area|---)/.test(line));
  return new Map(rows.map(row => /** @type {const} */ ([keyOf(row), row])));
}

/** @param {string} row */
function keyOf(row) {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, 3)
    .map(cell => cell.trim())
    .join(' | ');
}

/**
 * @param {readonly File[]} files of a run in which nothing failed
 * @param {string} versions of what was tested with what, one a line
 * @param {boolean} whole whether it was a run of all
 */
export async function writeInterop(files, versions, whole) {
  const written = readFileSync(path, 'utf8');
  const lines = whole ? new Map() : linesOf(marks.exec(written)?.[0] ?? '');
  for (const { name, assertionResults } of files)
    for (const { status, ancestorTitles, title, duration = 0 } of assertionResults) {
      if (status !== 'passed') continue;
      const scenario = [...ancestorTitles, title].join(': ').replaceAll('|', '\\|');
      const area = basename(name, '.test.ts');
      const row = `| ${area} | ${scenario} | ${status} | ${(duration / 1000).toFixed(1)} s |`;
      lines.set(keyOf(row), row);
    }
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  }).stdout.trim();
  const { version } = /** @type {{ version: string }} */ (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  );
  const day = new Date().toISOString().slice(0, 10);
  const results = `
- Smart Card Manager ${version}, ${commit}, ${day}
${versions
  .trim()
  .split('\n')
  .map(line => `- ${line}`)
  .join('\n')}

| area | scenario | result | time |
| --- | --- | --- | --- |
${[...lines.values()].join('\n')}

`;
  writeFileSync(
    path,
    await format(
      written.replace(marks, () => results),
      { parser: 'markdown' },
    ),
  );
}
