/** docs/test-report.md: the last result of each file of the long tests. A run of some files leaves the others' lines. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format } from 'prettier';
import { root } from './prepare.mjs';

/**
 * @typedef {import('./vitest.mjs').File} File
 * @typedef {import('./vitest.mjs').Results} Results
 */

const path = join(root, 'docs/test-report.md');
const head = `# Long tests

What \`npm run test:long\` said when each of its files ran last; \`npm run test:long -- soak\` runs one of them. Times are those of 2 shared cores that may have had other work.

| file | when | result | time | what it measured |
| --- | --- | --- | --- | --- |
`;

/** @param {File} file */
function line({ name, startTime, endTime, status, assertionResults }) {
  const count = (/** @type {string} */ wanted) =>
    assertionResults.filter(test => test.status === wanted).length;
  const failed = Math.max(count('failed'), status === 'failed' ? 1 : 0);
  const figures = assertionResults.flatMap(({ meta }) => meta?.figures ?? []).join('<br>');
  const day = new Date(startTime).toISOString().slice(0, 10);
  const result = `${count('passed')} passed, ${failed} failed`;
  const seconds = Math.round((endTime - startTime) / 1000);
  return `| ${basename(name)} | ${day} | ${result} | ${seconds} s | ${figures} |`;
}

/** @param {Results} results */
export async function writeReport({ testResults }) {
  const written = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const lines = new Map(
    written
      .filter(text => /^\| \S+\.test\.ts +\|/.test(text))
      .map(text => /** @type {const} */ ([text.split(' ')[1] ?? '', text])),
  );
  for (const file of testResults) lines.set(basename(file.name), line(file));
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  writeFileSync(path, await format(`${head}${sorted.join('\n')}\n`, { parser: 'markdown' }));
}
