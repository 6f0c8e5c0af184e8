/**
 * npm run test:dogtag [-- FILTER...]: the program with a real Dogtag. Installs what is missing, builds the program and
 * the lab (test/dogtag/lab), runs test/dogtag/*.test.ts beside it, writes docs/interop.md and ends with
 * "N passed, N failed", however it ends.
 *   --short   the short form, for .ci/run
 *   --bench   npm run bench:dogtag: no tests, but the program's operations beside those of Dogtag's tpsclient
 *   --up      starts the lab and keeps it until it is interrupted, for test/dogtag/lab/enter.sh
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { buildDirectory, prepare, root, stop } from './prepare.mjs';
import { forDogtagTests } from './requirements.mjs';
import { endWith, runTests } from './vitest.mjs';

const args = process.argv.slice(2);
const short = args.includes('--short');
const filters = args.filter(argument => !argument.startsWith('--'));
const lab = join(root, 'test/dogtag/lab');
/** As build.sh ends where the mirror lacks Debian 11, and able.sh where the machine refuses a lab. */
const noMirror = 69;
const refused = 77;

/** Whatever ends this before the tests could is a failure, and is counted. */
const tests = !args.includes('--bench') && !args.includes('--up');
let isCounted = !tests;
process.on('exit', () => {
  if (!isCounted) console.log('0 passed, 1 failed');
});

/** Neither passed nor failed. @param {string} why @returns {never} */
function skip(why) {
  const line = '!'.repeat(100);
  console.log(
    `${line}\nSKIPPED, NOT PASSED: the tests with a real Dogtag. ${why}\n${line}\n0 passed, 0 failed`,
  );
  isCounted = true;
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
const able = run([join(lab, 'able.sh')]);
if (able === refused) skip('This machine does not let root make namespaces, or lay folders upon each other.');
if (able !== 0) stop('It could not be found out whether a lab can run here.');

const built = run([join(lab, 'build.sh')]);
if (built === noMirror) skip('The mirror that apt uses here does not have Debian 11 (bullseye) any more.');
if (built !== 0) stop('The lab could not be built.');
// .ci/run looks for this line.
console.log('The lab is built.');

const beside = join(lab, 'run.sh');
if (args.includes('--bench')) {
  // It needs packages that are there only now.
  const { benchDirectory, bundleBench } = await import('./bundle-bench.mjs');
  await bundleBench();
  process.exit(run([beside, process.execPath, join(benchDirectory, 'dogtag.mjs'), buildDirectory]) ?? 1);
}
if (args.includes('--up')) process.exit(run([beside, '--keep']) ?? 1);

// Before the run: somebody may go on working meanwhile.
const tree = treeOf();
const results = runTests(short ? ['test/dogtag/short.test.ts'] : filters, {
  results: 'dogtag-results.json',
  within: [...untilThisEnds, beside],
});
if (results !== undefined && !short) {
  // Formats what it writes by a package that is there only now.
  const { writeInterop } = await import('./interop-report.mjs');
  const versions = spawnSync(join(lab, 'versions.sh'), { encoding: 'utf8' }).stdout;
  await writeInterop(results.testResults, { versions, tree, whole: filters.length === 0 });
}
isCounted = true;
endWith(results);

/** What is tested: the commit, and whether files differ from it, but for the report of earlier runs. */
function treeOf() {
  const git = (/** @type {string[]} */ ...words) =>
    spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain', '--', '.', ':!docs/interop.md');
  return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ' and changes'}`;
}
