/**
 * What `npm run demo`, `npm test` and their kin do first: install what is missing, then build.
 * Uses nothing but Node itself, since it runs before anything is installed.
 */
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';

export const root = resolve(import.meta.dirname, '..');
export const buildDirectory = join(root, 'build');
/** The program as `meson install` lays it out. */
export const stage = join(buildDirectory, 'stage');

/** Says what is wrong and ends. @param {string} message @returns {never} */
export function stop(message) {
  console.error(message);
  process.exit(1);
}

/**
 * Runs a command, its output to our standard error; ends the script when it fails.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], ...options });
  if (result.error) stop(`${command} cannot be started: ${result.error.message}`);
  if (result.status !== 0) stop(`failed (${result.status ?? result.signal}): ${command} ${args.join(' ')}`);
}

/** @param {string} command @param {string[]} args */
function outputOf(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout : '';
}

/** @param {string} command */
function exists(command) {
  return outputOf('sh', ['-c', `command -v ${command}`]) !== '';
}

/** The command that runs another one as root; undefined when there is no way. @returns {string[] | undefined} */
export function asRoot() {
  if (process.getuid?.() === 0) return [];
  return exists('sudo') ? ['sudo'] : undefined;
}

/** @param {string[]} packages */
function missingOf(packages) {
  // It fails when it does not know all of them, but prints those that it knows.
  const format = '${db:Status-Status} ${Package}\n';
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', format, ...packages], { encoding: 'utf8' });
  const installed = new Set(stdout.split('\n').filter(line => line.startsWith('installed ')));
  return packages.filter(name => !installed.has(`installed ${name}`));
}

/** Asks on a terminal; without one, or with CI set, the answer is yes. @param {string} what */
async function agree(what) {
  console.error(what);
  if (process.env.CI || !process.stdin.isTTY) return;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question('Go ahead? [Y/n] ');
  lines.close();
  if (!/^(y.*)?$/i.test(answer.trim())) stop('Nothing was installed.');
}

/** @param {string[]} packages Debian's names */
async function installDebianPackages(packages) {
  if (!exists('dpkg-query'))
    stop(`These Debian packages, or your system's like, are needed: ${packages.join(' ')}`);
  const missing = missingOf(packages);
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const root = asRoot();
  if (root === undefined) stop(`Packages are missing, and there is no sudo. As root, run:\n  ${line}`);
  await agree(`These Debian packages are missing and will be installed:\n  ${missing.join(' ')}`);
  const apt = [
    ...root,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-q',
  ];
  const runApt = (/** @type {string[]} */ ...args) => run(apt[0] ?? 'env', [...apt.slice(1), ...args]);
  runApt('update');
  runApt('install', '-y', '--no-install-recommends', ...missing);
  if (missing.includes('pcscd')) endNewPcscd(root);
}

/**
 * A pcscd that was installed by us may run already, from before the virtual readers were set up: init scripts start it,
 * and systemd does for the first program that connects. Ended, it is started anew with them, by systemd when somebody
 * connects, elsewhere by whoever wants readers.
 * @param {string[]} root
 */
function endNewPcscd(root) {
  const [command, ...args] = [...root, 'invoke-rc.d', '--quiet', 'pcscd', 'stop'];
  // Where nothing may start services, as in a container, it fails and nothing was started.
  spawnSync(command, args, { stdio: ['inherit', 'ignore', 'ignore'] });
}

async function installNodePackages() {
  const wanted = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = join(root, 'node_modules', '.esc-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await agree('The npm packages of package-lock.json will be installed into node_modules (npm ci).');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** Builds everything and installs it into build/stage. */
export function build() {
  mkdirSync(buildDirectory, { recursive: true });
  const meson = join(buildDirectory, 'meson');
  if (!existsSync(join(meson, 'build.ninja')))
    run('meson', ['setup', meson, '--prefix', stage, '--libdir', 'lib', '--libexecdir', 'libexec']);
  run('meson', ['install', '-C', meson, '--quiet'], { stdio: ['ignore', 'ignore', 2] });
  run(process.execPath, [join(root, 'scripts/bundle-demo.mjs'), join(buildDirectory, 'demo')]);
}

/** @param {string[]} packages */
export async function prepare(packages) {
  await installDebianPackages(packages);
  await installNodePackages();
  build();
}
