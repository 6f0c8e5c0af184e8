/** npm test: installs what is missing, builds, runs the tests, and ends with "N passed, N failed". */
import { relative } from 'node:path';
import process from 'node:process';
import { prepare, root } from './prepare.mjs';
import { forLongTests, forTests } from './requirements.mjs';
import { endWith, overrun, runTests } from './vitest.mjs';

/** @typedef {import('./vitest.mjs').Results} Results */

/** Files; where more fail, it is not the machine. */
const mostAgain = 3;

const args = process.argv.slice(2);
const long = args.includes('--long');
const filters = args.filter(argument => argument !== '--long');

await prepare(long ? forLongTests : forTests);

const environment = { ...process.env, ESC_TEST_LONG: long ? '1' : '0' };
const run = (/** @type {string[]} */ files) => runTests(files, { results: 'test-results.json', environment });

/** @param {Results} results */
const failedIn = ({ testResults }) => testResults.filter(({ status }) => status === 'failed');

/**
 * Shared build machines stall for seconds now and then. What failed there runs once more by itself: a fault of the
 * program fails again, and what passes then is named.
 * @param {Results} first @returns {Results}
 */
function runFailedAgain(first) {
  const names = failedIn(first).map(({ name }) => name);
  console.log(`\nOnce more by itself: ${names.map(name => relative(root, name)).join(', ')}`);
  const second = run(names);
  if (second === undefined) return first;
  const failedTwice = new Set(failedIn(second).map(({ name }) => name));
  for (const name of names.filter(each => !failedTwice.has(each)))
    console.log(`Failed once, passed by itself: ${relative(root, name)}`);
  const others = first.testResults.filter(({ name }) => !names.includes(name));
  return { ...second, testResults: [...others, ...second.testResults] };
}

let results = run(filters);
if (results === undefined) endWith(results);
const failedFiles = failedIn(results).length;
if (process.env.CI && !long && failedFiles > 0 && failedFiles <= mostAgain) results = runFailedAgain(results);
if (long) {
  // Formats what it writes by a package that is there only now.
  const { writeReport } = await import('./test-report.mjs');
  await writeReport(results);
} else {
  const tooLong = overrun(process.uptime());
  if (tooLong !== undefined) console.log(tooLong);
}
endWith(results);
