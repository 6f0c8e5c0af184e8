/** Runs Vitest, and counts what it found. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildDirectory, root } from './prepare.mjs';

/**
 * What Vitest's JSON reporter writes, as far as it is read.
 * @typedef {{ status: string, ancestorTitles: string[], title: string, duration?: number,
 *   meta?: { figures?: string } }} Test
 * @typedef {{ name: string, startTime: number, endTime: number, status: string, assertionResults: Test[] }} File
 * @typedef {{ testResults: File[], failedBeside: boolean }} Results
 */

/**
 * @param {string[]} files as Vitest filters them
 * @param {{ results: string, within?: readonly string[], environment?: NodeJS.ProcessEnv }} options
 *   `results`: a file's name in the build folder; `within`: a command that runs Vitest
 * @returns {Results | undefined} undefined when Vitest did not get as far as results
 */
export function runTests(files, { results: name, within = [], environment = process.env }) {
  const path = join(buildDirectory, name);
  rmSync(path, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const [command = '', ...args] = [...within, process.execPath, vitest, 'run', ...reporters, ...files];
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  if (!existsSync(path)) return undefined;
  const { testResults } = /** @type {Results} */ (JSON.parse(readFileSync(path, 'utf8')));
  const anyFailed = testResults.some(file => file.status === 'failed');
  // Such as an error that no test waited for.
  return { testResults, failedBeside: status !== 0 && !anyFailed };
}

/**
 * A file that cannot even be loaded has no failed test, but is a failure; so is what never ran.
 * @param {Results | undefined} results
 */
export function countTests(results) {
  let passed = 0;
  let failed = results === undefined || results.failedBeside ? 1 : 0;
  for (const { status, assertionResults } of results?.testResults ?? []) {
    const failures = assertionResults.filter(test => test.status === 'failed').length;
    passed += assertionResults.filter(test => test.status === 'passed').length;
    failed += status === 'failed' ? Math.max(1, failures) : 0;
  }
  return { passed, failed };
}

/** What `npm test` may take, in seconds. */
const limit = 15 * 60;

/** What is to be said of a run that took too long. @param {number} seconds @returns {string | undefined} */
export function overrun(seconds) {
  if (seconds <= limit) return undefined;
  const line = '!'.repeat(100);
  return `${line}\nTOO LONG: npm test took ${Math.round(seconds)} s, and is to end within ${limit} s.\n${line}`;
}

/** The last line of a run, and how the script ends. @param {Results | undefined} results @returns {never} */
export function endWith(results) {
  const { passed, failed } = countTests(results);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
