import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

const edges = ['base', 'card', 'pcsc', 'protocol', 'io'];
const rooms = [...edges, 'tokens', 'desktop'];

/** What each folder of src may import, besides itself: the table of docs/architecture.md. */
const mayImport: Record<string, readonly string[]> = {
  base: [],
  card: ['base'],
  pcsc: ['base', 'card'],
  protocol: ['base', 'card'],
  io: ['base', 'card', 'pcsc', 'protocol'],
  tokens: edges,
  desktop: edges,
  ui: rooms,
  cli: rooms,
  agent: rooms,
};
const withoutGi = new Set(['base', 'card', 'pcsc', 'protocol']);
const withoutGtk = new Set(['io', 'tokens', 'desktop', 'cli', 'agent']);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function importsOfTree(): Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && file.includes('/'),
  );
  return files.flatMap(file => {
    const text = readFileSync(join(src, file), 'utf8');
    const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
    return [...specifiers].map(match => ({
      file,
      folder: file.slice(0, file.indexOf('/')),
      target: match[1] ?? '',
    }));
  });
}

function folderOf({ file, target }: Import): string {
  return relative(src, resolve(src, file, '..', target)).split('/')[0] ?? '';
}

const imports = importsOfTree();

test('there are imports to look at, from every folder that has a rule', () => {
  expect(new Set(imports.map(i => i.folder))).toEqual(new Set(Object.keys(mayImport)));
});

test('a folder imports only from itself and from folders below it', () => {
  const upwards = imports
    .filter(i => i.target.startsWith('.'))
    .filter(i => folderOf(i) !== i.folder && !mayImport[i.folder]?.includes(folderOf(i)))
    .map(i => `${i.file} imports ${i.target}`);
  expect(upwards).toEqual([]);
});

test('work folders know no gi://, nor Node', () => {
  const foreign = imports
    .filter(i => withoutGi.has(i.folder))
    .filter(i => i.target.startsWith('gi://') || i.target.startsWith('node:') || i.target === 'gettext')
    .map(i => `${i.file} imports ${i.target}`);
  expect(foreign).toEqual([]);
});

test('what has no window imports no Gtk', () => {
  const graphical = imports
    .filter(i => withoutGtk.has(i.folder))
    .filter(i => /^gi:\/\/(Gtk|Gdk|Adw)/.test(i.target))
    .map(i => `${i.file} imports ${i.target}`);
  expect(graphical).toEqual([]);
});
