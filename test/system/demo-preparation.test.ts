/** What `npm run demo` does before it builds: it asks, installs, or says what is in its way; with stand-ins for what it calls. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Machine, tree } from '../support/demo/machine.js';
import { onTerminal, type Step } from '../support/escctl/terminal.js';
import { removeFolder } from '../support/processes.js';

/** Everything is installed but pcscd. What it is told is in its log, and the build fails so that nothing comes after it. */
const standIn = `#!/bin/sh
name=\${0##*/}
if [ "$name" = dpkg-query ]; then
  shift 3
  for package; do [ "$package" = pcscd ] || echo "installed $package"; done
  exit 1
fi
echo "$name $*" >>"\${0%/*}/log"
case $name in
  sudo) exec "$@" ;;
  meson) exit 1 ;;
esac
`;

let machine: Machine;
let folder: string;

beforeAll(async () => {
  machine = await Machine.start();
  folder = mkdtempSync(join(tmpdir(), 'esc-stand-ins-'));
  writeFileSync(join(folder, 'stand-in'), standIn);
  chmodSync(join(folder, 'stand-in'), 0o755);
  for (const name of ['sh', 'env']) symlinkSync(join('/bin', name), join(folder, name));
});

afterAll(async () => {
  await machine.remove();
  await removeFolder(folder);
});

beforeEach(() => {
  for (const name of ['dpkg-query', 'apt-get', 'invoke-rc.d', 'meson', 'sudo']) put(name);
  rmSync(join(folder, 'log'), { force: true });
});

function put(name: string): void {
  if (!existsSync(join(folder, name))) symlinkSync('stand-in', join(folder, name));
}

function take(name: string): void {
  rmSync(join(folder, name));
}

const asUser = ['unshare', '--user', '--map-user=1000'];
const headless = [process.execPath, join(tree, 'scripts/demo.mjs'), '--headless'];
const command = (user: readonly string[]): readonly string[] => [
  ...machine.prefix,
  ...user,
  '/usr/bin/env',
  `PATH=${folder}`,
  ...headless,
];
const withoutCi: NodeJS.ProcessEnv = { ...process.env, CI: '' };

/** What was called, and with which arguments. */
function calls(): readonly string[] {
  const path = join(folder, 'log');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

const apt = 'apt-get -o DPkg::Lock::Timeout=300 -q';
const installation = [
  `${apt} update`,
  `${apt} install -y --no-install-recommends pcscd`,
  'invoke-rc.d --quiet pcscd stop',
];
const bySudo = installation.flatMap(line => [
  `sudo ${line.startsWith(apt) ? 'env DEBIAN_FRONTEND=noninteractive ' : ''}${line}`,
  line,
]);

const beginsToBuild = (lines: readonly string[]): string[] => [
  ...lines,
  expect.stringMatching(/^meson /) as string,
];

describe('on a terminal it asks', () => {
  const answered = (...steps: readonly Step[]): ReturnType<typeof onTerminal> =>
    onTerminal(command([]), steps, withoutCi);

  test.each(['n', 'no', 'x'])('and installs nothing after "%s"', async answer => {
    const { status, screen } = await answered(['Go ahead\\? \\[Y/n\\] ', `${answer}\n`]);
    expect(screen).toContain('These Debian packages are missing and will be installed:\r\n  pcscd\r\n');
    expect(screen).toContain('Nothing was installed.');
    expect(status).toBe(1);
    expect(calls()).toEqual([]);
  });

  test.each(['', 'y', 'Yes'])(
    'and installs after "%s", and ends the pcscd that came with it',
    async answer => {
      await answered(['Go ahead\\? \\[Y/n\\] ', `${answer}\n`]);
      expect(calls()).toEqual(beginsToBuild(installation));
    },
  );

  test('but not with CI set', async () => {
    const { screen } = await onTerminal(command([]), [], { ...withoutCi, CI: 'true' });
    expect(screen).not.toContain('Go ahead');
    expect(calls()).toEqual(beginsToBuild(installation));
  });
});

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
}

function run([program = '', ...args]: readonly string[], environment = withoutCi): Outcome {
  return spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
}

test('without a terminal it goes ahead, and a user does so with sudo', () => {
  const { stderr } = run(command(asUser));
  expect(stderr).toContain('will be installed:\n  pcscd\n');
  expect(calls()).toEqual(beginsToBuild(bySudo));
});

test('a user without sudo gets the one line for apt, and nothing is done', () => {
  take('sudo');
  expect(run(command(asUser))).toMatchObject({
    status: 1,
    stderr:
      'Packages are missing, and there is no sudo. As root, run:\n' +
      '  apt-get install -y --no-install-recommends pcscd\n',
  });
  expect(calls()).toEqual([]);
});

test('a system without dpkg gets the names of the packages', () => {
  take('dpkg-query');
  const { status, stderr } = run(command([]));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^These Debian packages, or your system's like, are needed: gjs .*pcscd/);
  expect(calls()).toEqual([]);
});

test.each(['demo', 'test', 'bench', 'build'])('npm run %s says so where Node is too old', name => {
  const older = `Object.defineProperty(process, 'versions', { value: { node: '20.18.3' } });
    Object.defineProperty(process, 'version', { value: 'v20.18.3' });`;
  const outcome = run([process.execPath, join(tree, `scripts/${name}.mjs`)], {
    ...withoutCi,
    PATH: folder,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}`,
  });
  expect(outcome).toMatchObject({
    status: 1,
    stderr: 'Node 20.19 or later is needed; this is v20.18.3.\n',
  });
  expect(calls()).toEqual([]);
});
