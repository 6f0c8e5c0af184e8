/** The packages: made of the release archive, installed where no build tools are, used, and taken away again. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tell } from '../support/figures.js';

const root = resolve(import.meta.dirname, '../..');
const script = join(import.meta.dirname, 'packages.sh');
const folder = mkdtempSync('/var/tmp/esc-packages-');
const id = 'io.github.escproject.Esc';
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const archive = join(root, `build/release/esc-${version}.tar.xz`);

/** What each package has to bring, under its own names of folders. */
const installed = [
  `/etc/xdg/autostart/${id}.Agent.desktop`,
  '/usr/bin/esc',
  '/usr/bin/escctl',
  '/usr/bin/escd',
  '/usr/libexec/esc/esc-pcsc',
  `/usr/share/applications/${id}.desktop`,
  '/usr/share/bash-completion/completions/escctl',
  `/usr/share/dbus-1/services/${id}.Agent.service`,
  `/usr/share/dbus-1/services/${id}.service`,
  '/usr/share/esc/licences.txt',
  `/usr/share/glib-2.0/schemas/${id}.gschema.xml`,
  `/usr/share/icons/hicolor/scalable/apps/${id}.svg`,
  `/usr/share/metainfo/${id}.metainfo.xml`,
];
/** Where nothing of the program may be beside. */
const ours =
  /(^|\/)(esc|escctl|escd|esc-pcsc|io\.github\.escproject\.Esc[^/]*)(\/|\.|$)|^\/usr\/(share|lib)\/(doc|licenses)\//;

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
  });
}

beforeAll(() => {
  const missing = ['rpm', 'flatpak', 'flatpak-builder', 'debootstrap'];
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
}, 1_200_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['Debian 12', 'bookworm', process.env.ESC_BOOKWORM],
  ['Debian 13', 'trixie', process.env.ESC_TRIXIE],
])('the package for %s', (_name, suite, kept) => {
  /** ESC_BOOKWORM and ESC_TRIXIE name folders that were made before, which are used and kept. */
  const base = kept ?? join(folder, suite);
  const made = join(folder, `${suite}-made`);
  const tried = join(folder, `${suite}-tried`);
  const seen = (name: string): string => readFileSync(join(tried, `${name}.txt`), 'utf8');
  const lines = (name: string): string[] => seen(name).split('\n');

  beforeAll(() => {
    if (!existsSync(base)) run(join(import.meta.dirname, 'fresh-machine.sh'), 'make', base, suite);
    mkdirSync(made);
    mkdirSync(tried);
  }, 1_200_000);

  test('is made of the release archive, and lintian finds no error', context => {
    run(script, 'build', base, archive, made);
    const findings = readFileSync(join(made, 'lintian.txt'), 'utf8');
    expect(findings).not.toMatch(/^E:/m);
    tell(
      context,
      `lintian: ${findings.match(/^E:/gm)?.length ?? 0} errors, ${findings.match(/^W:/gm)?.length ?? 0} warnings`,
    );
  });

  test('is installed by apt without the build tools, and works for a user', context => {
    const deb = readdirSync(made).find(name => /^esc_.*\.deb$/.test(name)) ?? 'none was made';
    run(script, 'try', base, join(made, deb), tried);
    expect(lines('files')).toEqual(expect.arrayContaining(installed));
    expect(seen('version')).toBe(`escctl ${version}\n`);
    const list = JSON.parse(readFileSync(join(tried, 'list.json'), 'utf8')) as object;
    expect(list).toMatchObject({
      outcome: 'failed',
      code: 'pcscd-absent',
      next: expect.any(String) as unknown,
    });
    expect(seen('list-status')).toBe('4\n');
    expect(seen('manual')).toMatch(/^ESCCTL\(1\)/);
    expect(seen('settings')).toContain('phone-home-url');
    tell(context, `${lines('files').length - 1} files and folders`);
  });

  test('has its agent started with the session', () => {
    expect(seen('agent').trim()).toBe('/usr/bin/gjs -m /usr/bin/escd --session');
  });

  test('leaves nothing when it is purged, no agent that runs either', context => {
    // The index of manual pages is the system's; its contents have another order after each change.
    const state = (name: string): string[] =>
      lines(name).map(line => line.replace(/^\w+ +(\/var\/cache\/man\/.*)/, '$1'));
    expect(state('after')).toEqual(state('before'));
    expect(existsSync(join(tried, 'agent-ended.txt'))).toBe(true);
    tell(context, `${lines('before').length - 1} files and folders compared`);
  });
});

test('rpmbuild takes the spec, and the package has its files, and no folder of others', context => {
  const rpm =
    run(script, 'rpm', archive, 'build/release/esc.spec', join(folder, 'rpm')).trim().split('\n')[0] ?? '';
  const files = run('rpm', '-qlp', rpm)
    .trim()
    .split('\n')
    .filter(name => !name.startsWith('/usr/lib/.build-id'));
  expect(files).toEqual(expect.arrayContaining(installed));
  expect(files.filter(name => !ours.test(name))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['/usr/share/esc', '/usr/libexec/esc']));
  expect(files.filter(name => name.startsWith('/usr/share/man/man1/esc'))).toHaveLength(3);
  expect(run('rpm', '-qp', '--configfiles', rpm).trim()).toBe(installed[0]);
  expect(run('rpm', '-qp', '--queryformat', '%{VERSION}', rpm)).toBe(version);
  tell(context, `${files.length} files and folders`);
});

test('Flatpak takes the manifest, and exports what the desktop starts', () => {
  const out = join(folder, 'flatpak');
  mkdirSync(out);
  const manifest = join(root, `build/release/${id}.yaml`);
  const metadata = run('bash', join(import.meta.dirname, 'packages-flatpak.sh'), archive, manifest, out);
  const parsed = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as object;
  expect(parsed).toMatchObject({ id, command: 'esc', modules: [{ name: 'pcsc-lite' }, { name: 'esc' }] });
  expect(metadata).toContain('shared=network;ipc;');
  expect(metadata).toContain('[Session Bus Policy]\norg.kde.StatusNotifierWatcher=talk');
  const exported = readdirSync(join(out, 'flatpak/export/share'), { recursive: true });
  expect(exported).toEqual(
    expect.arrayContaining([
      `applications/${id}.desktop`,
      `dbus-1/services/${id}.service`,
      `dbus-1/services/${id}.Agent.service`,
      `icons/hicolor/scalable/apps/${id}.svg`,
      `metainfo/${id}.metainfo.xml`,
    ]),
  );
  const activated = readFileSync(
    join(out, `flatpak/export/share/dbus-1/services/${id}.Agent.service`),
    'utf8',
  );
  expect(activated).toContain(`Name=${id}.Agent\nExec=/app/bin/escd --gapplication-service\n`);
});
