/** The Flatpak: built by flatpak-builder from the release archive, installed, and used from within its sandbox. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { tell } from '../support/figures.js';
import { pictureFile } from '../support/window/pictures.js';

const root = resolve(import.meta.dirname, '../..');
const script = join(import.meta.dirname, 'flatpak.sh');
const folder = mkdtempSync('/var/tmp/esc-flatpak-');
const id = 'io.github.escproject.Esc';
let demo: Demo;

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1e8 });
}

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program from within the sandbox. */
function inSandbox(command: string, args: readonly string[], input = ''): Said {
  const flatpak = ['flatpak', 'run', `--command=${command}`, id, ...args];
  return spawnSync(script, ['run', folder, ...flatpak], {
    env: { ...process.env, ...demo.environment },
    encoding: 'utf8',
    input,
  });
}

beforeAll(async () => {
  const missing = [
    'dbus',
    'debootstrap',
    'elfutils',
    'flatpak',
    'flatpak-builder',
    'imagemagick',
    'wget',
    'xvfb',
  ];
  run(
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-q',
    'install',
    '-y',
    '--no-install-recommends',
    ...missing,
  );
  run(process.execPath, 'scripts/release.mjs');
  /** ESC_TRIXIE names a folder that was made before, which is used and kept. */
  const base = process.env.ESC_TRIXIE ?? join(folder, 'debian');
  if (!existsSync(base)) run(join(import.meta.dirname, 'fresh-machine.sh'), 'make', base, 'trixie');
  run(script, 'runtime', base, folder);
  demo = await Demo.start();
}, 3_600_000);

afterAll(async () => {
  await demo.end();
  rmSync(folder, { recursive: true });
}, 600_000);

test('flatpak-builder makes it of the release archive, with the library of pcsc-lite and nothing else of it', () => {
  run(script, 'build', join(root, `build/release/${id}.yaml`), folder);
  const files = join(folder, 'app/files');
  expect(readdirSync(files).sort()).toEqual(
    expect.arrayContaining(['bin', 'etc', 'lib', 'libexec', 'manifest.json', 'share']),
  );
  expect(readdirSync(join(files, 'bin')).sort()).toEqual(['esc', 'escctl', 'escd']);
  expect(
    readdirSync(join(files, 'lib')).filter(name => !/^(debug|libpcsclite(_real)?\.so(\.1)?)$/.test(name)),
  ).toEqual([]);
  expect(readdirSync(join(files, 'etc'))).toEqual(['xdg']);
  expect(existsSync(join(files, 'sysusers.d'))).toBe(false);
});

test('from within the sandbox a card is enrolled', context => {
  const input = `${demo.password}\n12345678\n`;
  const login = ['--user', demo.user, '--password-file', '-', '--pin-file', '-'];
  const enrolled = inSandbox(
    'escctl',
    ['enroll', '--tps', demo.tps, ...login, '--json', '--progress=none'],
    input,
  );
  expect(enrolled.status, enrolled.stderr).toBe(0);
  expect(JSON.parse(enrolled.stdout)).toMatchObject({ outcome: 'done', card: { status: 'ENROLLED' } });
  expect(enrolled.stderr).not.toMatch(/Gjs-(WARNING|CRITICAL)/);

  const { software, cards } = JSON.parse(inSandbox('escctl', ['diagnostics', '--json']).stdout) as {
    readonly software: Readonly<Record<string, string>>;
    readonly cards: readonly object[];
  };
  const manifest = readFileSync(join(root, `flatpak/${id}.yaml`), 'utf8');
  expect(software.pcscLite).toBe(/pcsc-lite-([\d.]+)\.tar/.exec(manifest)?.[1]);
  expect(cards).toEqual([expect.objectContaining({ status: 'ENROLLED', issuer: 'Example Corp' })]);
  tell(
    context,
    `pcsc-lite ${software.pcscLite} with the system's pcscd; GTK ${software.gtk}, GJS ${software.gjs}`,
  );
});

test('from within the sandbox the window shows it, and says what is done by hand', () => {
  const script = `
    flatpak run --env=GSK_RENDERER=cairo ${id} &
    gdbus wait --session --timeout 60 ${id}
    gdbus call --session --dest ${id} --object-path /io/github/escproject/Esc \\
      --method org.gtk.Actions.Activate browsers '[]' '{}'
    until import -window root "$0" && [ "$(identify -format %k "$0")" -gt 200 ]; do sleep 0.5; done
    flatpak kill ${id}
    wait || true`;
  const picture = pictureFile('flatpak-browsers');
  const { status, stderr } = spawnSync(
    'xvfb-run',
    [
      '--auto-servernum',
      join(import.meta.dirname, 'flatpak.sh'),
      'run',
      folder,
      'bash',
      '-euc',
      script,
      picture,
    ],
    { env: { ...process.env, ...demo.environment }, encoding: 'utf8', timeout: 120_000 },
  );
  expect(status, stderr).toBe(0);
  expect(stderr).not.toMatch(/-CRITICAL/);
  expect(existsSync(picture)).toBe(true);
});
