/**
 * Writes what translators need: POTFILES, esc.pot, and the translations brought up to date with it.
 * node scripts/translations.mjs [FOLDER]: POTFILES and esc.pot alone, there.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { root, run } from './prepare.mjs';

const folder = process.argv[2] ?? join(root, 'po');
const template = join(folder, 'esc.pot');

const withText = /\b(_|ngettext|pgettext|usage)\(\s*['"`]|\btold\(\s*'[\w-]+',\s*['"`]|translatable="yes"/;
const files = [
  'data/autostart/io.github.escproject.Esc.Agent.desktop.in',
  'data/io.github.escproject.Esc.Agent.desktop.in',
  'data/io.github.escproject.Esc.desktop.in',
  'data/io.github.escproject.Esc.gschema.xml',
  'data/io.github.escproject.Esc.metainfo.xml.in',
  ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map(file => join('src', file))
    .filter(file => /\.(ts|ui)$/.test(file) && withText.test(readFileSync(join(root, file), 'utf8')))
    .sort(),
];
writeFileSync(join(folder, 'POTFILES'), `${files.join('\n')}\n`);

const options = [
  '--from-code=UTF-8',
  '--add-comments=Translators',
  '--package-name=esc',
  '--keyword=_',
  '--keyword=ngettext:1,2',
  '--keyword=pgettext:1c,2',
  // What the command line says of a failure: src/cli/told.ts.
  '--keyword=usage:1',
  '--keyword=told:2',
  '--add-location=file',
  `--output=${template}`,
];

/** @param {string[]} some @param {string[]} more */
function extract(some, more) {
  run('xgettext', [...options, ...more, ...some]);
}

// gettext does not know TypeScript, but reads it as JavaScript.
const isTypeScript = (/** @type {string} */ file) => file.endsWith('.ts');
extract(files.filter(isTypeScript), ['--language=JavaScript']);
extract(
  files.filter(file => !isTypeScript(file)),
  ['--join-existing'],
);
// The day of extraction would make every template another one.
const text = readFileSync(template, 'utf8').replace(/^"POT-Creation-Date: .*\n/m, '');
writeFileSync(template, text);

if (process.argv[2] === undefined)
  for (const language of readFileSync(join(folder, 'LINGUAS'), 'utf8').trim().split(/\s+/))
    run('msgmerge', [
      '--quiet',
      '--update',
      '--backup=none',
      '--add-location=file',
      join(folder, `${language}.po`),
      template,
    ]);
