import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** What a folder of src may import, besides itself. */
interface Rule {
  /** Folders, and modules such as `card/text`. */
  readonly values: ReadonlySet<string>;
  /** Of all folders that are not above it, with `import type`. */
  readonly types: boolean;
}

/** The table of docs/architecture.md. */
function rulesOfTable(): ReadonlyMap<string, Rule> {
  const text = readFileSync(resolve(src, '../docs/architecture.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (`[a-z]+`(?:, `[a-z]+`)*) +\| [^|]* \| ([^|]*) \|$/gm)];
  return new Map(
    rows.flatMap(([, names = '', allowed = '']) => {
      const modules = [...allowed.matchAll(/([a-z]+)\/\{([^}]*)\}/g)].flatMap(([, folder = '', list = '']) =>
        list.split(', ').map(module => `${folder}/${module}`),
      );
      const folders = /^[a-z]+(?:, [a-z]+)*/.exec(allowed)?.[0].split(', ') ?? [];
      const values = new Set([...folders, ...modules]);
      const rule = { values, types: allowed.endsWith('of the others types') };
      return [...names.matchAll(/[a-z]+/g)].map(([folder]) => [folder, rule] as const);
    }),
  );
}

const rules = rulesOfTable();
/** Nobody imports them. */
const rooms = ['ui', 'cli', 'agent'];
const withoutGi = new Set(['base', 'card', 'pcsc', 'protocol']);
const withoutGtk = new Set(['io', 'tokens', 'desktop', 'cli', 'agent']);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
  /** `import type`, of which nothing is left when the program runs. */
  readonly typesOnly: boolean;
}

function importsOfTree(): Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && file.includes('/'),
  );
  return files.flatMap(file => {
    const text = readFileSync(join(src, file), 'utf8');
    const specifiers = text.matchAll(
      /(?:^(?:import|export)\s(type\s)?[^';=]*\sfrom|\bimport)\s*\(?\s*'([^']+)'/gm,
    );
    return [...specifiers].map(([, type, target = '']) => ({
      file,
      folder: file.slice(0, file.indexOf('/')),
      target,
      typesOnly: type !== undefined,
    }));
  });
}

/** Within src, such as `card/text`. */
function moduleOf({ file, target }: Import): string {
  return relative(src, resolve(src, file, '..', target)).replace(/\.js$/, '');
}

function isAllowed(one: Import): boolean {
  const module = moduleOf(one);
  const [folder = ''] = module.split('/');
  if (folder === one.folder) return true;
  const rule = rules.get(one.folder);
  if (rule === undefined) return false;
  if (rule.values.has(folder) || rule.values.has(module)) return true;
  return rule.types && one.typesOnly && !rooms.includes(folder);
}

const imports = importsOfTree();

test('there are imports to look at, from every folder that has a rule', () => {
  expect(new Set(imports.map(i => i.folder))).toEqual(new Set(rules.keys()));
  expect(imports.some(i => i.typesOnly)).toBe(true);
});

test('a folder imports only from itself and from folders below it', () => {
  const upwards = imports
    .filter(i => i.target.startsWith('.') && !isAllowed(i))
    .map(i => `${i.file} imports ${i.typesOnly ? 'types of ' : ''}${i.target}`);
  expect(upwards).toEqual([]);
});

test('every module that the table names is imported by a folder that may', () => {
  const used = new Set(imports.filter(i => rooms.includes(i.folder) && !i.typesOnly).map(moduleOf));
  const named = rooms.flatMap(room => [...(rules.get(room)?.values ?? [])].filter(one => one.includes('/')));
  expect(named.filter(module => !used.has(module))).toEqual([]);
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
