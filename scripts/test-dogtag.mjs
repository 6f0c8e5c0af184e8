/**
 * npm run test:dogtag [-- FILTER...]: the program with a real Dogtag. Installs what is missing, builds the program and
 * the lab (test/dogtag/lab), runs test/dogtag/*.test.ts beside it, ends with "N passed, N failed" and writes
 * docs/interop.md.
 *   --short   the short form, for .ci/run
 *   --bench   npm run bench:dogtag: no tests, but the program's operations beside those of Dogtag's tpsclient
 *   --up      starts the lab and keeps it until it is interrupted, for test/dogtag/lab/enter.sh
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { buildDirectory, prepare, root, stop } from './prepare.mjs';
import { forDogtagTests } from './requirements.mjs';
import { countTests, endWith, runTests } from './vitest.mjs';

const args = process.argv.slice(2);
const short = args.includes('--short');
const filters = args.filter(argument => !argument.startsWith('--'));
const lab = join(root, 'test/dogtag/lab');
/** As build.sh ends where the mirror lacks Debian 11. */
const noMirror = 69;

/** Neither passed nor failed. @param {string} why @returns {never} */
function skip(why) {
  const line = '!'.repeat(100);
  console.log(
    `${line}\nSKIPPED, NOT PASSED: the tests with a real Dogtag. ${why}\n${line}\n0 passed, 0 failed`,
  );
  process.exit(0);
}

/** What is run by it ends when this process does, however that ends. */
const untilThisEnds = ['setpriv', '--pdeathsig', 'TERM'];

/** @param {readonly string[]} words */
function run(words) {
  const [command = '', ...rest] = [...untilThisEnds, ...words];
  return spawnSync(command, rest, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status;
}

if (process.getuid?.() !== 0) stop('A lab needs root: sudo npm run test:dogtag');
await prepare(forDogtagTests);
if (run([join(lab, 'able.sh')]) !== 0)
  skip('This machine does not let root make namespaces, or lay folders upon each other.');

const built = run([join(lab, 'build.sh')]);
if (built === noMirror) skip('The mirror that apt uses here does not have Debian 11 (bullseye) any more.');
if (built !== 0) {
  console.log('The lab could not be built.\n0 passed, 1 failed');
  process.exit(1);
}

const beside = join(lab, 'run.sh');
if (args.includes('--bench')) {
  // It needs packages that are there only now.
  const { benchDirectory, bundleBench } = await import('./bundle-bench.mjs');
  await bundleBench();
  process.exit(run([beside, process.execPath, join(benchDirectory, 'dogtag.mjs'), buildDirectory]) ?? 1);
}
if (args.includes('--up')) process.exit(run([beside, '--keep']) ?? 1);

const results = runTests(short ? ['test/dogtag/short.test.ts'] : filters, {
  results: 'dogtag-results.json',
  within: [...untilThisEnds, beside],
});
if (results !== undefined && countTests(results).failed === 0 && !short) {
  // Formats what it writes by a package that is there only now.
  const { writeInterop } = await import('./interop-report.mjs');
  const versions = spawnSync(join(lab, 'versions.sh'), { encoding: 'utf8' }).stdout;
  await writeInterop(results.testResults, versions, filters.length === 0);
}
endWith(results);
