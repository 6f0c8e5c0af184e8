/**
 * docs/test-report.md: the last result of each file of the long tests, or of each part of a file that may be run in
 * parts. What a run did not come to keeps its line.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format } from 'prettier';
import { root } from './prepare.mjs';

/**
 * @typedef {import('./vitest.mjs').File} File
 * @typedef {import('./vitest.mjs').Test} Test
 * @typedef {import('./vitest.mjs').Results} Results
 * @typedef {{ failed: boolean, startTime: number, seconds: number, tests: Test[] }} Run
 */

const path = join(root, 'docs/test-report.md');
const head = `# Long tests

What \`npm run test:long\` said when each of its files ran last; \`npm run test:long -- soak\` runs one of them. A file that may be run in parts has a line for each part. Times are those of 2 shared cores that may have had other work.

| file | when | result | time | what it measured |
| --- | --- | --- | --- | --- |
`;

/** Whose outermost groups of tests are parts: a run may choose some, as with ESC_LOOKS. */
const inParts = new Set(['looks.test.ts']);

/** @param {string} name @param {Run} run */
function line(name, { failed, startTime, seconds, tests }) {
  const count = (/** @type {string} */ wanted) => tests.filter(test => test.status === wanted).length;
  const failures = Math.max(count('failed'), failed ? 1 : 0);
  const figures = tests.flatMap(({ meta }) => meta?.figures ?? []).join('<br>');
  const day = new Date(startTime).toISOString().slice(0, 10);
  return `| ${name} | ${day} | ${count('passed')} passed, ${failures} failed | ${Math.round(seconds)} s | ${figures} |`;
}

/** By what stands in the first column. @param {File} file @returns {(readonly [string, Run])[]} */
function runsOf({ name: path, startTime, endTime, status, assertionResults: tests }) {
  const name = basename(path);
  const whole = { failed: status === 'failed', startTime, seconds: (endTime - startTime) / 1000, tests };
  // Whatever is outside of its parts, such as what keeps it from being loaded, is a matter of the whole file.
  const failedInTest = tests.some(test => test.status === 'failed');
  if (!inParts.has(name) || tests.length === 0 || (whole.failed && !failedInTest)) return [[name, whole]];
  const parts = [...new Set(tests.map(({ ancestorTitles: [part = ''] }) => part))];
  return parts.map(part => {
    const own = tests.filter(test => test.ancestorTitles[0] === part);
    const seconds = own.reduce((sum, { duration = 0 }) => sum + duration, 0) / 1000;
    return [`${name}: ${part}`, { failed: false, startTime, seconds, tests: own }];
  });
}

/** The report after a run. @param {string} before the report @param {Results} results */
export function reportAfter(before, { testResults }) {
  const written = before
    .split('\n')
    .map(text => /^\| (\S+\.test\.ts(?:: \S+)?) +\|/.exec(text))
    .flatMap(match => (match === null ? [] : [/** @type {const} */ ([match[1] ?? '', match.input])]));
  const lines = new Map(written);
  for (const file of testResults) {
    // Of the whole file, from a run that came to no part.
    lines.delete(basename(file.name));
    for (const [name, run] of runsOf(file)) lines.set(name, line(name, run));
  }
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return format(`${head}${sorted.join('\n')}\n`, { parser: 'markdown' });
}

/** @param {Results} results */
export async function writeReport(results) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  writeFileSync(path, await reportAfter(before, results));
}
