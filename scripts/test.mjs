/** npm test: installs what is missing, builds, runs the tests, and ends with "N passed, N failed". */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildDirectory, prepare, root } from './prepare.mjs';
import { forLongTests, forTests } from './requirements.mjs';

const args = process.argv.slice(2);
const long = args.includes('--long');
const filters = args.filter(argument => argument !== '--long');

await prepare(long ? forLongTests : forTests);

const results = join(buildDirectory, 'test-results.json');
rmSync(results, { force: true });
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...filters],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ESC_TEST_LONG: long ? '1' : '0' },
  },
);

if (!existsSync(results)) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const report = /** @type {import('./test-report.mjs').Results} */ (JSON.parse(readFileSync(results, 'utf8')));
const { numPassedTests, numFailedTests, numFailedTestSuites } = report;
if (long) {
  // Formats what it writes by a package that is there only now.
  const { writeReport } = await import('./test-report.mjs');
  await writeReport(report);
}
// A file that cannot even be loaded has no failed test, but is a failure.
const failed = numFailedTests > 0 ? numFailedTests : status === 0 ? 0 : Math.max(1, numFailedTestSuites);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exit(failed === 0 && numPassedTests > 0 ? 0 : 1);
