/** The same bundle with the GJS, GTK and Libadwaita of Debian 13, where polkit guards pcscd. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forBrowsers, forDemo, forWindows } from '../../scripts/requirements.mjs';
import { tell } from '../support/figures.js';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const root = resolve(import.meta.dirname, '../..');
const machine = join(import.meta.dirname, 'fresh-machine.sh');
/** ESC_NEWER_GNOME names one that was made before, which is used and kept. */
const kept = process.env.ESC_NEWER_GNOME;
const folder = kept ?? join(mkdtempSync('/var/tmp/esc-newer-'), 'debian');
const clone = join(folder, 'root/esc');
const there = [machine, 'run', folder, 'bash', 'test/long/newer-gnome.sh'] as const;

/** What vitest writes. */
interface Results {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
  });
}

function hashes(bundle: string): Record<string, string> {
  const files = readdirSync(bundle, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.js'),
  );
  return Object.fromEntries(
    files.map(name => [
      name,
      createHash('sha256')
        .update(readFileSync(join(bundle, name)))
        .digest('hex'),
    ]),
  );
}

/** The files of tests that look at a window. */
function ofWindows(): readonly string[] {
  const folder = join(root, 'test/system');
  const drives = (file: string): boolean =>
    /support\/window\/(driver|person)\.js/.test(readFileSync(join(folder, file), 'utf8'));
  return readdirSync(folder)
    .filter(drives)
    .map(file => `test/system/${file}`);
}

beforeAll(() => {
  if (!existsSync(folder)) run(machine, 'make', folder, 'trixie');
  run(machine, 'clone', folder);
  cpSync(join(root, 'node_modules'), join(clone, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  run('bash', ...there, 'install', 'polkitd', 'coolkey', ...forDemo, ...forWindows, ...forBrowsers);
  cpSync(join(root, 'build/stage/share/esc'), join(clone, 'bundle'), { recursive: true });
  run('bash', ...there, 'build', 'bundle');
}, 1_800_000);

afterAll(() => {
  if (kept === undefined) run(machine, 'remove', folder);
}, 300_000);

test('the bundle made here passes the tests of the window there', context => {
  expect(hashes(join(clone, 'build/stage/share/esc'))).toEqual(hashes(join(root, 'build/stage/share/esc')));
  const results = 'build/window.json';
  const vitest = [
    'node',
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=json',
    `--outputFile=${results}`,
  ];
  const { stdout, stderr } = spawnSync('bash', [...there, 'run', ...vitest, ...ofWindows()], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const { numTotalTests, numPassedTests, testResults } = JSON.parse(
    readFileSync(join(clone, results), 'utf8'),
  ) as Results;
  for (const picture of readdirSync(join(clone, 'build/pictures')))
    cpSync(
      join(clone, 'build/pictures', picture),
      pictureFile(`newer-gnome-${picture.replace(/\.png$/, '')}`),
    );
  const failures = testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ failureMessages }) => failureMessages.length > 0)
      .map(({ fullName, failureMessages }) => [fullName, ...failureMessages].join('\n')),
  );
  expect(failures).toEqual([]);
  expect(numPassedTests, stdout + stderr).toBe(numTotalTests);
  expect(numPassedTests).toBeGreaterThan(0);
  const version =
    'const { Adw, Gtk } = imports.gi; print(`GTK ${Gtk.MAJOR_VERSION}.${Gtk.MINOR_VERSION}, Adw ${Adw.VERSION_S}`)';
  const versions = run(
    machine,
    'run',
    folder,
    'gjs',
    '-c',
    `imports.gi.versions.Gtk = '4.0'; ${version}`,
  ).trim();
  tell(
    context,
    `${numPassedTests} tests with ${versions}, ${run(machine, 'run', folder, 'gjs', '--version').trim()}`,
  );
});

test('a user whom polkit lets use no card is told so, and what to do', async () => {
  const told = 'The smart card service (pcscd) does not let you use it.';
  const next =
    'Ask your administrator for the right to access smart cards (polkit: access_pcsc, access_card).';
  const escctl = ['build/stage/bin/escctl', 'list', '--json'];
  const { stdout, stderr } = spawnSync('bash', [...there, 'as-someone', ...escctl], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout)).toMatchObject({ code: 'pcscd-refused', message: told, next });
  expect(stderr).not.toMatch(/Gjs-(WARNING|CRITICAL)/);

  const window = await DrivenWindow.start(['build/stage/bin/esc'], process.env, {}, [...there, 'as-someone']);
  try {
    await window.find('label', 'No Permission');
    await window.findPart('label', next);
    // What both sides see, and the user may write to.
    const shared = mkdtempSync('/tmp/esc-picture-');
    chmodSync(shared, 0o777);
    await window.picture(join(shared, 'guarded.png'));
    cpSync(join(shared, 'guarded.png'), pictureFile('newer-gnome-guarded'));
    rmSync(shared, { recursive: true });
  } finally {
    await window.end();
  }
});
