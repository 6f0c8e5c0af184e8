/** npm test: installs what is missing, builds, runs the tests, and ends with "N passed, N failed". */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { buildDirectory, prepare, root } from './prepare.mjs';
import { forLongTests, forTests } from './requirements.mjs';

/** Files; where more fail, it is not the machine. */
const mostAgain = 3;

const args = process.argv.slice(2);
const long = args.includes('--long');
const filters = args.filter(argument => argument !== '--long');

await prepare(long ? forLongTests : forTests);

/** @typedef {import('./test-report.mjs').Results & { failedBeside?: boolean }} Results */

const resultsPath = join(buildDirectory, 'test-results.json');

/** @param {string[]} files @returns {Results | undefined} undefined when Vitest did not get as far as results */
function runTests(files) {
  rmSync(resultsPath, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsPath}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...files], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ESC_TEST_LONG: long ? '1' : '0' },
  });
  if (!existsSync(resultsPath)) return undefined;
  const results = /** @type {Results} */ (JSON.parse(readFileSync(resultsPath, 'utf8')));
  // Such as an error that no test waited for.
  const beside = status !== 0 && failedIn(results).length === 0;
  return { ...results, failedBeside: beside };
}

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
  const second = runTests(names);
  if (second === undefined) return first;
  const failedTwice = new Set(failedIn(second).map(({ name }) => name));
  for (const name of names.filter(each => !failedTwice.has(each)))
    console.log(`Failed once, passed by itself: ${relative(root, name)}`);
  const others = first.testResults.filter(({ name }) => !names.includes(name));
  return { ...second, testResults: [...others, ...second.testResults] };
}

/** A file that cannot even be loaded has no failed test, but is a failure. @param {Results} results */
function count({ testResults, failedBeside }) {
  let passed = 0;
  let failed = failedBeside ? 1 : 0;
  for (const { status, assertionResults } of testResults) {
    const failures = assertionResults.filter(test => test.status === 'failed').length;
    passed += assertionResults.filter(test => test.status === 'passed').length;
    failed += status === 'failed' ? Math.max(1, failures) : 0;
  }
  return { passed, failed };
}

let results = runTests(filters);
if (results === undefined) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const failedFiles = failedIn(results).length;
if (process.env.CI && !long && failedFiles > 0 && failedFiles <= mostAgain) results = runFailedAgain(results);
if (long) {
  // Formats what it writes by a package that is there only now.
  const { writeReport } = await import('./test-report.mjs');
  await writeReport(results);
}
const { passed, failed } = count(results);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
