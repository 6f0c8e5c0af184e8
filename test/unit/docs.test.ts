import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const documents = [
  'README.md',
  'docs/user-guide.md',
  'docs/admin-guide.md',
  'docs/guide-coverage.md',
  'docs/architecture.md',
];

function textOf(file: string): string {
  return readFileSync(resolve(root, file), 'utf8');
}

/** The names by which a heading is linked to. */
function anchorsOf(file: string): string[] {
  return [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The rows of every table, divided into cells. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.trim().startsWith('|') && !/^[\s|:-]+$/.test(line))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    );
}

test.each(documents)('every link and picture of %s leads somewhere', file => {
  for (const [, inMarkdown, inHtml] of textOf(file).matchAll(/\]\(([^)]+)\)|src(?:set)?="([^"]+)"/g)) {
    const target = inMarkdown ?? inHtml ?? '';
    if (/^https?:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const linked = path === '' ? resolve(root, file) : resolve(root, dirname(file), path);
    expect(existsSync(linked), `${file}: ${target}`).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(linked), `${file}: ${target}`).toContain(anchor);
  }
});

test('the pictures of the metainfo are those of the documents, and no picture is there for nothing', () => {
  const metainfo = textOf('data/io.github.escproject.Esc.metainfo.xml.in');
  const base = 'https://raw.githubusercontent.com/escproject/esc/main/';
  const images = [...metainfo.matchAll(/<image>(.*)<\/image>/g)].map(([, url = '']) => url);
  expect(images).not.toHaveLength(0);
  for (const url of images) expect(existsSync(resolve(root, url.replace(base, ''))), url).toBe(true);
  const used = [metainfo, ...documents.map(textOf)].join('\n');
  for (const picture of readdirSync(resolve(root, 'docs/pictures')))
    expect(used).toContain(`pictures/${picture}`);
});

interface Key {
  readonly '@name': string;
  readonly default: string;
}

test('the administrator guide has every setting with its default', () => {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false });
  const schema = parser.parse(textOf('data/io.github.escproject.Esc.gschema.xml')) as {
    schemalist: { schema: readonly { readonly key: readonly Key[] }[] };
  };
  const keys = schema.schemalist.schema[0]?.key ?? [];
  const section = /^## Settings$([^]*?)^## /m.exec(textOf('docs/admin-guide.md'))?.[1] ?? '';
  const told = rowsOf(section)
    .slice(1)
    .map(([name = '', value = '']) => [name.replaceAll('`', ''), value.replaceAll('`', '')]);
  expect(told.sort()).toEqual(keys.map(key => [key['@name'], key.default]).sort());
});

test('the administrator guide has the rows of table 3.1 as failures.md words them', () => {
  const failures = rowsOf(textOf('docs/failures.md'));
  const section = /^\| Status word \|[^]*?\n\n/m.exec(textOf('docs/admin-guide.md'))?.[0] ?? '';
  const rows = rowsOf(section).slice(1);
  expect(rows).toHaveLength(25);
  for (const [word = '', meaning, number] of rows) {
    const line = failures.find(([other]) => other === number) ?? [];
    expect([line[1], line[2]]).toEqual([
      word.replace(/`(\w+)`(?: to )?(.*)/, '`$1 $2`').replace(' `', '`'),
      meaning,
    ]);
  }
});

const parts = [
  ...['1', '1.1', '1.2', '2.1', '2.2', '2.3', '2.3.1', '2.3.2', '3.1', '3.2', '3.2.1', '3.3', '3.3.1'],
  ...['3.3.2', '3.3.3', '3.4', '3.5', '3.5.1', '3.5.2', '3.5.3', '3.5.4', '3.6', '3.6.1', '3.6.2'],
  ...['4', '4.1', '5', '5.1'],
];
const figures = [
  'Figure 1.1',
  'Figure 3.1',
  'Figure 3.2',
  'Example 3.1',
  'Figure 3.3',
  'Table 3.1',
  'Table 4.1',
];

test('the coverage of the guide leaves no section, figure and table without a place', () => {
  const rows = rowsOf(textOf('docs/guide-coverage.md')).filter(([part]) => part !== 'Guide');
  const covered = rows.map(([part = '']) => part);
  for (const part of parts)
    expect(
      covered.some(text => text === part || text.startsWith(`${part} `)),
      part,
    ).toBe(true);
  for (const figure of figures)
    expect(
      covered.some(text => text.includes(figure)),
      figure,
    ).toBe(true);
  for (const row of rows) {
    expect(row, row.join(' | ')).toHaveLength(5);
    expect(
      row.every(cell => cell !== ''),
      row.join(' | '),
    ).toBe(true);
  }
});

test('every path that the coverage of the guide names is there', () => {
  const paths = [...textOf('docs/guide-coverage.md').matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)];
  expect(paths.length).toBeGreaterThan(100);
  for (const [, path = ''] of paths) expect(existsSync(resolve(root, path)), path).toBe(true);
});

test('what people read is spelled as in America', () => {
  const british =
    /\w*(?:recognis|organis|authoris|initialis|customis|colour|behaviour|enrolment|licence)\w*/gi;
  for (const file of [
    ...documents,
    'docs/failures.md',
    'po/esc.pot',
    'data/io.github.escproject.Esc.metainfo.xml.in',
    ...readdirSync(resolve(root, 'man')).map(page => `man/${page}`),
  ])
    expect(textOf(file).match(british) ?? [], file).toEqual([]);
});
