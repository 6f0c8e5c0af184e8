/** What meson installs, and that uninstalling takes all of it away again. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder } from '../support/processes.js';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'esc-installation-'));
const prefix = join(folder, 'usr');
const build = join(folder, 'build');

function meson(...args: string[]): string {
  return execFileSync('meson', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
}

beforeAll(() => {
  // Somebody else's settings, in the same prefix.
  mkdirSync(join(prefix, 'share/applications'), { recursive: true });
  writeFileSync(join(prefix, 'share/applications/other.desktop'), '[Desktop Entry]\n');
  const bundle = join(root, 'build/meson/src');
  meson('setup', build, `--prefix=${prefix}`, `--sysconfdir=${prefix}/etc`, `-Dbundle=${bundle}`);
  meson('install', '-C', build, '--quiet');
});

afterAll(() => removeFolder(folder));

test('programs, desktop entries, services and settings are where the desktop looks for them', () => {
  const installed = filesIn(prefix);
  const id = 'io.github.escproject.Esc';
  expect(installed).toEqual(
    expect.arrayContaining([
      'bin/esc',
      'bin/escctl',
      'bin/escd',
      'libexec/esc/esc-pcsc',
      `share/applications/${id}.desktop`,
      `share/dbus-1/services/${id}.service`,
      `share/dbus-1/services/${id}.Agent.service`,
      `share/glib-2.0/schemas/${id}.gschema.xml`,
      `share/icons/hicolor/scalable/apps/${id}.svg`,
      `share/icons/hicolor/symbolic/apps/${id}-symbolic.svg`,
      `share/metainfo/${id}.metainfo.xml`,
      `etc/xdg/autostart/${id}.Agent.desktop`,
      'share/man/man1/escctl.1',
    ]),
  );
  expect(execFileSync(join(prefix, 'bin/escctl'), ['--version'], { encoding: 'utf8' })).toMatch(/^escctl \d/);
});

test('the licences of what is in the bundle come with it', () => {
  expect(readFileSync(join(prefix, 'share/esc/licences.txt'), 'utf8')).toMatch(
    /^node-forge \d.*BSD-3-Clause/m,
  );
});

test('uninstalling leaves nothing behind, no running agent either, and nothing of others is touched', async () => {
  const home = join(folder, 'home');
  // Prints when the agent has its name on the bus, then waits for its end.
  const script = `"$1" & gdbus wait --session io.github.escproject.Esc.Agent && echo up; wait $!; echo "ended $?"`;
  const session = spawn('dbus-run-session', ['--', 'sh', '-c', script, 'sh', join(prefix, 'bin/escd')], {
    env: {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_STATE_HOME: home,
      GSETTINGS_BACKEND: 'memory',
    },
  });
  let output = '';
  session.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await once(session.stdout, 'data');
  expect(output).toBe('up\n');

  execFileSync('ninja', ['-C', build, 'uninstall'], { stdio: 'pipe' });
  const left = filesIn(prefix).filter(name => /esc/i.test(name));
  expect(left).toEqual([]);
  expect(existsSync(join(prefix, 'share/applications/other.desktop'))).toBe(true);
  const files = readdirSync(prefix, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  expect(files.map(({ name }) => name)).toEqual(['other.desktop']);
  await once(session, 'close');
  expect(output).toBe('up\nended 0\n');
});
