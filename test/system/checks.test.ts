import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

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
  [
    'the desktop entry',
    'desktop-file-validate',
    ['build/stage/share/applications/io.github.escproject.Esc.desktop'],
  ],
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
    expect(text, text).toBeDefined();
    expect(status, text).toBe(0);
  },
  300_000,
);

test('every file with text for people is listed for translators', () => {
  const listed = new Set(readFileSync(join(root, 'po/POTFILES'), 'utf8').trim().split('\n'));
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(ts|ui)$/.test(file))
    .map(file => join('src', file));
  const withText = files.filter(file => {
    const text = readFileSync(join(root, file), 'utf8');
    return /\b(_|ngettext)\(\s*['"`]/.test(text) || text.includes('translatable="yes"');
  });
  expect(withText.filter(file => !listed.has(file))).toEqual([]);
  expect([...listed].filter(file => !existsSync(join(root, file)))).toEqual([]);
});

test('gettext finds the text of every kind of file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'esc-pot-'));
  try {
    const template = join(folder, 'esc.pot');
    const { status, text } = outputOf(
      'xgettext',
      '--from-code=UTF-8',
      '--keyword=_',
      '--keyword=ngettext:1,2',
      '--files-from=po/POTFILES',
      `--output=${template}`,
    );
    expect(status, text).toBe(0);
    const messages = readFileSync(template, 'utf8');
    for (const message of [
      'Smart Card Manager',
      'Insert Your Smart Card',
      'Reset Password',
      'The card was taken out.',
    ])
      expect(messages).toContain(`msgid "${message}"`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
