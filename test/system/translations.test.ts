/** Every language is complete and fits the template; no string that a person reads goes past it. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { escctl as program } from '../support/demo/programs.js';

const root = resolve(import.meta.dirname, '../..');
const languages = readFileSync(join(root, 'po/LINGUAS'), 'utf8').trim().split(/\s+/);

interface Message {
  readonly id: string;
  /** Empty where there is no number in it. */
  readonly plural: string;
  readonly texts: readonly string[];
}

/** The messages of a PO file that have a translation. */
function messagesOf(language: string): Message[] {
  const text = execFileSync('msgcat', ['--no-wrap', join(root, `po/${language}.po`)], { encoding: 'utf8' });
  return text
    .split('\n\n')
    .slice(1)
    .map(block => {
      const field = (name: string): string[] =>
        [...block.matchAll(new RegExp(`^${name}((?: ?".*"\\n?)+)`, 'gm'))].map(([, quoted = '']) =>
          [...quoted.matchAll(/"(.*)"/g)].map(([, part = '']) => JSON.parse(`"${part}"`) as string).join(''),
        );
      return {
        id: field('msgid').join(''),
        plural: field('msgid_plural').join(''),
        texts: field(String.raw`msgstr(?:\[\d\])?`),
      };
    });
}

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

describe.each(languages)('%s', language => {
  test('is complete and well formed', () => {
    const { stderr } = spawnSync(
      'msgfmt',
      ['--check', '--statistics', '--output-file=/dev/null', join(root, `po/${language}.po`)],
      { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
    );
    expect(stderr).toMatch(/^\d+ translated messages\.$/m);
  });

  test('has the places for values, and options as they are typed', () => {
    for (const { id, plural, texts } of messagesOf(language))
      for (const text of texts) {
        const wanted = placeholders(id + plural);
        // A form for one may say the number in words.
        const given = placeholders(text);
        expect(wanted, text).toEqual(expect.arrayContaining(given));
        if (plural === '') expect(given, text).toEqual(wanted);
        for (const option of id.match(/(?<![\w-])--[a-z][\w-]*/g) ?? []) expect(text).toContain(option);
      }
  });
});

/** The sentences of the reasons of failures, with something in the places for values, in this language. */
function reasonsIn(language: string): RegExp[] {
  const source = readFileSync(join(root, 'src/tokens/failures/reasons.ts'), 'utf8');
  const ids = [...source.matchAll(/what: \(\) =>\s*_\(\s*'([^']+)'/g)].map(([, id = '']) => id);
  return messagesOf(language)
    .filter(({ id }) => ids.includes(id))
    .map(({ texts: [text = ''] }) => {
      const literal = text.replace(/[.*+?^$()|[\]\\]/g, String.raw`\$&`);
      return new RegExp(`^${literal.replace(/\{\w+\}/g, '.+')}$`, 'u');
    });
}

/** What a server may send instead of Phone Home information. */
const documents: Readonly<Record<string, string>> = {
  page: '<html><body>Hallo</body></html>',
  dtd: '<!DOCTYPE x><ServiceInfo/>',
  entity: '<ServiceInfo><IssuerName>&unbekannt;</IssuerName></ServiceInfo>',
  malformed: '<ServiceInfo><',
  empty: '',
  encoding: '<?xml version="1.0" encoding="utf-8"?><ServiceInfo>\u00ff</ServiceInfo>',
  other: '<XMLResponse/>',
  operation: '<ServiceInfo><Services><Operation>tps</Operation></Services></ServiceInfo>',
};

describe('in a session in German', () => {
  const locales = mkdtempSync(join(tmpdir(), 'esc-locales-'));
  beforeAll(() => {
    execFileSync('localedef', ['-i', 'de_DE', '-f', 'UTF-8', join(locales, 'de_DE.UTF-8')]);
  });
  afterAll(() => rmSync(locales, { recursive: true }));

  const env = {
    ...process.env,
    LOCPATH: locales,
    LC_ALL: 'de_DE.UTF-8',
    LANGUAGE: '',
    GSETTINGS_BACKEND: 'memory',
  };

  test('the command line speaks German', () => {
    const { stdout } = spawnSync(program, ['--help'], { encoding: 'utf8', env });
    const help = messagesOf('de').find(({ id }) => id.startsWith('Usage: escctl'));
    expect(stdout.trim()).toBe(help?.texts[0]);
    expect(stdout).not.toMatch(/^Usage/);
  });

  const server = createServer(({ url = '' }, response) => {
    const name = url.slice(1);
    if (name === 'loop') response.writeHead(302, { Location: '/loop' });
    if (name === 'elsewhere') response.writeHead(302, { Location: 'ftp://example.com/' });
    response.end(Buffer.from(documents[name] ?? '', 'latin1'));
  });
  beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void server.close());

  test.each([
    ...['tps', 'http://me:secret@pki.example.com', 'http://pki.example.com/a b', 'http://2001:db8::1/'],
    ...['http://pki.example.com:0/', 'http:///tps', 'http://pki..com/', 'http://1.2.3/', 'http://[1:2]/'],
    ...[...Object.keys(documents), 'loop', 'elsewhere'].map(name => `/${name}`),
  ])('what is wrong with %s is told in German alone', async url => {
    const { port } = server.address() as AddressInfo;
    const asked = url.startsWith('/') ? `http://127.0.0.1:${port}${url}` : url;
    const { message, facts } = await new Promise<{ message: string; facts: { detail: string } }>(resolve =>
      // It ends with another status than 0.
      execFile(program, ['phone-home', 'test', asked, '--json'], { env }, (_error, stdout) =>
        resolve(JSON.parse(stdout) as never),
      ),
    );
    expect(
      reasonsIn('de').filter(sentence => sentence.test(message)),
      message,
    ).not.toEqual([]);
    expect(message).not.toContain(facts.detail);
  });
});

/** Properties of widgets, and methods, whose text a person reads. */
const readProperties = new Set([
  'label',
  'title',
  'subtitle',
  'heading',
  'body',
  'description',
  'tooltip_text',
  'placeholder_text',
]);

/** Of functions and methods whose argument a person reads: its place among the arguments. */
const readArguments: ReadonlyMap<string, number> = new Map([
  ['CheckRow', 0],
  ['CheckUpRow', 0],
  ['SwitchRow', 0],
  ['add_button_with_target', 0],
  ['add_response', 1],
  ['add_titled_with_icon', 2],
  ['announce', 1],
  ['button', 0],
  ['printedOr', 1],
  ['set_body', 0],
  ['set_description', 0],
  ['set_label', 0],
  ['set_title', 0],
  ['textRow', 0],
  ['toast', 1],
]);

/** Whose texts no person reads, or only one who looks into details: they are in the language of the code. */
const notRead = new Set(['Error', 'Failure', 'RangeError', 'TypeError', 'error', 'logError', 'warn']);
/** Names that are the same in every language. */
const names = new Set(['Google Chrome']);
const gettext = new Set(['_', 'ngettext', 'told']);

/** Whether a text has a word in it, so that it would have to be translated. */
function hasWords(text: string): boolean {
  return /\p{L}{2}/u.test(text);
}

/** Whether it can be nothing but a sentence or a title of several words. */
function isSentence(text: string): boolean {
  return /^\p{Lu}\p{Ll}+ \p{L}+/u.test(text);
}

/** The words of a literal text, and those around the values in a template; undefined of anything else. */
function literalText(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('…');
}

function calleeOf(node: ts.Node): string {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return '';
  const { expression } = node;
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : '';
}

/** The literal texts in a file that go where a person reads them, or that are sentences, without gettext. */
function untranslated(file: string, text = readFileSync(file, 'utf8')): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found = new Set<string>();
  const look = (value: ts.Node | undefined): void => {
    const words = value === undefined ? undefined : literalText(value);
    // Tags of Pango are no words.
    if (words !== undefined && !names.has(words) && hasWords(words.replace(/<[^>]*>/g, ''))) found.add(words);
  };
  const visit = (node: ts.Node): void => {
    const callee = calleeOf(node);
    if (gettext.has(callee) || notRead.has(callee) || ts.isImportDeclaration(node)) return;
    if (isSentence(literalText(node) ?? '')) look(node);
    if (ts.isCallExpression(node) || ts.isNewExpression(node))
      look(node.arguments?.[readArguments.get(callee) ?? Infinity]);
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && readProperties.has(node.name.text))
      look(node.initializer);
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isPropertyAccessExpression(node.left) &&
      readProperties.has(node.left.name.text)
    )
      look(node.right);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found];
}

describe('no text goes past gettext', () => {
  const files = (extension: string): string[] =>
    readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith(extension))
      .map(name => join(root, 'src', name));

  test.each([
    ["toast(toasts, 'Copied');", ['Copied']],
    ["dialog.add_response('never', 'Never');", ['Never']],
    ["new CheckRow('Mail', true);", ['Mail']],
    ['textRow(`Card ${number}`, value);', ['Card …']],
    ["announce(this, `${_('Inserted')}: ready`);", ['…: ready']],
    ["const next = ['Insert a card.'];", ['Insert a card.']],
    ["row.title = on ? 'Is used now' : _('Is not used');", ['Is used now']],
    ["throw new Failure('internal', 'The group is in no window');", []],
    ["toast(toasts, _('Copied'));", []],
  ])('this test sees it in %s', (code, texts) => {
    expect(untranslated('example.ts', code)).toEqual(texts);
  });

  test('in the code of what a person sees', () => {
    const rooms = files('.ts').filter(file => /src\/(ui|agent|cli|tokens|desktop|io)\//.test(file));
    const found = rooms.flatMap(file => untranslated(file).map(text => `${file}: ${text}`));
    expect(found).toEqual([]);
  });

  test('in the windows’ descriptions', () => {
    const property =
      /<property name="(?:[\w-]*(?:label|title|subtitle|text|heading|body|description))"([^>]*)>([^<]+)</g;
    const found = files('.ui').flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(property)]
        .filter(([, attributes = '', text = '']) => !attributes.includes('translatable') && hasWords(text))
        .filter(([, , text = '']) => !/^(True|False|\w+_\w+)$/.test(text))
        .map(([, , text]) => `${file}: ${text}`),
    );
    expect(found).toEqual([]);
  });
});
