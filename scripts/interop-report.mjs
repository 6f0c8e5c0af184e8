/**
 * docs/interop.md: what each scenario with a real Dogtag came to, and in which commit. A run of some files leaves the
 * rows of the others, and what is written by hand stays.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format } from 'prettier';
import { root } from './prepare.mjs';

/** @typedef {import('./vitest.mjs').File} File */

const path = join(root, 'docs/interop.md');
const marks = /(?<=<!-- results -->\n)[^]*(?=<!-- end of results -->)/;

/** Rows of the table by their area, as they were written. @param {string} text */
function rowsOf(text) {
  /** @type {Map<string, string[]>} */
  const areas = new Map();
  for (const row of text.split('\n').filter(line => /^\| (?!area|---)/.test(line))) {
    const area = row.split('|')[1]?.trim() ?? '';
    areas.set(area, [...(areas.get(area) ?? []), row]);
  }
  return areas;
}

/**
 * Of one file of tests. What did not run this time, such as for a title that was named, keeps its row.
 * @param {File} file @param {string} run in words @param {readonly string[]} before the area's rows until now
 */
function newRows({ name, assertionResults }, run, before) {
  return assertionResults.map(({ status, ancestorTitles, title, duration = 0 }) => {
    const scenario = [...ancestorTitles, title].join(': ').replaceAll('|', '\\|');
    const old = before.find(row => row.replaceAll(/ +/g, ' ').includes(` | ${scenario} | `));
    if (status !== 'passed' && status !== 'failed' && old !== undefined) return old;
    const result = status === 'passed' || status === 'failed' ? status : 'not run';
    const time = `${(duration / 1000).toFixed(1)} s`;
    return `| ${areaOf(name)} | ${scenario} | ${result === 'passed' ? result : `**${result}**`} | ${time} | ${run} |`;
  });
}

/** @param {string} name */
function areaOf(name) {
  return basename(name, '.test.ts');
}

/**
 * @typedef {{ versions: string, tree: string, day: string, whole: boolean }} Run
 *   `versions`: of what was tested with what, one a line; `tree`: of the program; `whole`: whether it was a run of all
 */

/** @param {string} written what the file is now @param {readonly File[]} files @param {Run} run */
export function interopWith(written, files, { versions, tree, day, whole }) {
  const heading = versions.trim().replace(/^/gm, '- ');
  const before = marks.exec(written)?.[0] ?? '';
  // What another version of Dogtag did says nothing of this one.
  const areas = rowsOf(whole || !before.includes(heading) ? '' : before);
  for (const file of files) {
    const area = areaOf(file.name);
    areas.set(area, newRows(file, `${tree}, ${day}`, areas.get(area) ?? []));
  }
  const rows = [...areas].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, rows]) => rows);
  const results = `
${heading}

| area | scenario | result | time | Smart Card Manager |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

`;
  return format(
    written.replace(marks, () => results),
    { parser: 'markdown' },
  );
}

/** @param {readonly File[]} files @param {Omit<Run, 'day'>} run */
export async function writeInterop(files, run) {
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(path, await interopWith(readFileSync(path, 'utf8'), files, { ...run, day }));
}
