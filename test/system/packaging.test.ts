/** What packagers get: the release archive, the Flatpak manifest, and one version everywhere. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const release = join(root, 'build/release');
const id = 'io.github.escproject.Esc';
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const folder = mkdtempSync(join(tmpdir(), 'esc-packaging-'));
const archive = join(release, `esc-${version}.tar.xz`);
let manifest: string;

/** The entries of a list of the manifest, which is written with one to a line. */
function list(name: string): string[] {
  const [, indent = '', entries = ''] =
    new RegExp(`^( *)${name}:\n((?:\\1 +.*\n)+)`, 'm').exec(manifest) ?? [];
  expect(entries, name).not.toBe('');
  return entries
    .split('\n')
    .filter(line => line.startsWith(`${indent}  - `))
    .map(line => line.slice(indent.length + 4));
}

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/release.mjs')], { stdio: 'pipe' });
  manifest = readFileSync(join(release, `${id}.yaml`), 'utf8');
  execFileSync('tar', ['-xJf', archive, '-C', folder]);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the release archive', () => {
  test('has the bundle in it, and is built without Node or a registry', () => {
    const tree = join(folder, `esc-${version}`);
    expect(readdirSync(join(tree, 'bundle')).sort()).toEqual(
      expect.arrayContaining(['chunks', 'esc.js', 'escctl.js', 'escd.js', 'licences.txt']),
    );
    expect(list('config-opts')).not.toEqual([]);
    const options = /name: esc\n[^]*?config-opts:\n((?: +- -D.*\n)+)/.exec(manifest)?.[1] ?? '';
    const given = [...options.matchAll(/- (-D\S+)/g)].map(match => match[1] ?? '');
    expect(given).toEqual(['-Dbundle=bundle']);
    const built = spawnSync('meson', ['setup', 'out', ...given], { cwd: tree, encoding: 'utf8' });
    expect(built.status, built.stdout + built.stderr).toBe(0);
    expect(read('build/release/esc.spec')).toBe(read('packaging/esc.spec'));
  });
});

describe('the Flatpak manifest', () => {
  test('permits what the program needs, and no more', () => {
    // The application's own names on the bus and the portals need none.
    const permitted = [
      '--device=dri',
      '--share=ipc',
      '--share=network',
      '--socket=fallback-x11',
      '--socket=pcsc',
      '--socket=wayland',
      '--talk-name=org.kde.StatusNotifierWatcher',
    ];
    expect(
      list('finish-args')
        .filter(line => line.startsWith('--'))
        .sort(),
    ).toEqual(permitted);
    // Neither do its builds get more than the sources.
    expect(manifest).not.toMatch(/build-args|build-options|finish-args:.*\S/);
  });

  test('names each source by https and its hash, and no registry of packages', () => {
    const sources = [...manifest.matchAll(/- type: (.*)\n((?: {8}\w.*\n)+)/g)].map(([, type, body = '']) => {
      const pairs = [...body.matchAll(/(\w+): (.*)/g)].map(([, key = '', value = '']) => [key, value]);
      return { type, ...(Object.fromEntries(pairs) as Record<string, string>) };
    });
    expect(sources).toEqual([
      {
        type: 'archive',
        url: expect.stringMatching(/^https:\/\//) as unknown,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      },
      {
        type: 'archive',
        path: `esc-${version}.tar.xz`,
        sha256: createHash('sha256').update(readFileSync(archive)).digest('hex'),
      },
    ]);
    expect(manifest.match(/sources:/g)).toHaveLength(sources.length);
    expect(manifest.replaceAll(/#.*/g, '')).not.toMatch(/npm|node|yarn|registry/i);
  });

  test('brings a pcsc-lite that speaks to older daemons, too: 2.4.1 or later', () => {
    const [, major = 0, minor = 0, micro = 0] = (
      /pcsc-lite-(\d+)\.(\d+)\.(\d+)\.tar/.exec(manifest) ?? []
    ).map(Number);
    expect(major * 10_000 + minor * 100 + micro).toBeGreaterThanOrEqual(20_401);
  });

  test('exports what the desktop starts: names that begin with that of the application', () => {
    expect(manifest).toMatch(new RegExp(`^id: ${id}$`, 'm'));
    for (const exported of ['applications', 'dbus-1/services', 'icons/hicolor/symbolic/apps', 'metainfo'])
      for (const name of readdirSync(join(root, 'build/stage/share', exported)))
        expect(name).toMatch(new RegExp(`^${id.replaceAll('.', '\\.')}[.-]`));
  });
});

test('every file that tells the version tells the same one', () => {
  const told = {
    'meson.build': /^ {2}version: '(.*)',$/m,
    'packaging/debian/changelog': /^esc \((.*)-\d+\) /,
    'packaging/esc.spec': /^Version: +(.*)$/m,
    [`data/${id}.metainfo.xml.in`]: /<releases>\s*<release version="(.*?)"/,
  };
  for (const [file, pattern] of Object.entries(told))
    expect(pattern.exec(read(file))?.[1], file).toBe(version);
  expect(/^%changelog\n\* .* - (.*)-1$/m.exec(read('packaging/esc.spec'))?.[1]).toBe(version);
});
