import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

const desktopEntries = ['share/applications', 'etc/xdg/autostart'].flatMap(folder =>
  readdirSync(join(root, 'build/stage', folder))
    .filter(name => name.startsWith('io.github.escproject.'))
    .map(name => join('build/stage', folder, name)),
);

function outputOf(
  command: string,
  ...args: string[]
): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

test.each([
  ['the type checker', 'node_modules/.bin/tsc', ['--noEmit']],
  ['the linter', 'node_modules/.bin/eslint', ['.']],
  ['the formatter', 'node_modules/.bin/prettier', ['--check', '.']],
  ['the desktop entries', 'desktop-file-validate', desktopEntries],
  [
    'the metainfo',
    'appstreamcli',
    ['validate', '--no-net', 'build/stage/share/metainfo/io.github.escproject.Esc.metainfo.xml'],
  ],
  ['the settings schema', 'glib-compile-schemas', ['--strict', '--dry-run', 'data']],
])(
  '%s is content',
  (_name, command, args) => {
    const { status, text } = outputOf(command, ...args);
    expect(status, text).toBe(0);
  },
  // A minute or two where nothing else goes on.
  1_200_000,
);

test('there are three desktop entries, each with its words in every language', () => {
  expect(desktopEntries).toHaveLength(3);
  const languages = readFileSync(join(root, 'po/LINGUAS'), 'utf8').trim().split(/\s+/);
  for (const entry of desktopEntries) {
    const text = readFileSync(join(root, entry), 'utf8');
    for (const language of languages)
      for (const key of ['Name', 'Comment'])
        expect(text, entry).toMatch(new RegExp(`^${key}\\[${language}\\]=.`, 'm'));
  }
});

test('what translators get is up to date', () => {
  const folder = mkdtempSync(join(tmpdir(), 'esc-po-'));
  const messages = (file: string): string[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => !line.startsWith('#:'));
  try {
    const { status, text } = outputOf(process.execPath, 'scripts/translations.mjs', folder);
    expect(status, text).toBe(0);
    for (const file of ['POTFILES', 'esc.pot'])
      expect(messages(join(root, 'po', file)), 'npm run translations').toEqual(messages(join(folder, file)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
