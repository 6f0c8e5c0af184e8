import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { completionsOf } from '../support/command-line/completion.js';
import { typeInto } from '../support/command-line/typing.js';
import { esc, escctl, escd } from '../support/demo/programs.js';
import { runGjsProgram } from '../support/gjs-program.js';

const root = resolve(import.meta.dirname, '../..');
const common = ['--json', '--help', '--version'];

interface CommandLine {
  readonly commands: readonly { readonly name: string; readonly options: readonly string[] }[];
  readonly options: readonly {
    readonly spelling: string;
    readonly name: string;
    readonly takesValue: boolean;
  }[];
}

let line: CommandLine;

beforeAll(async () => {
  const all = JSON.parse(await runGjsProgram('command-line')) as CommandLine;
  const used = new Set(all.commands.flatMap(({ options }) => options));
  line = { ...all, options: all.options.filter(({ name }) => used.has(name)) };
});

function sorted(words: Iterable<string>): string[] {
  return [...new Set(words)].sort();
}

function optionsIn(text: string): string[] {
  return sorted(text.match(/(?<![\w-])--[a-z][a-z0-9-]*/g) ?? []);
}

/** The page as it is shown, on lines long enough that nothing is divided. */
function shownPage(program: string): string {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '1000', MAN_KEEP_FORMATTING: '' };
  return execFileSync('man', ['-l', `man/${program}.1`], { cwd: root, encoding: 'utf8', env });
}

/** The part of a page below a heading. */
function section(page: string, title: string): string {
  return new RegExp(`^${title}\\n([^]*?)(?=^\\S)`, 'm').exec(page)?.[1] ?? '';
}

/** What a program of GLib says that it takes, besides the ways to ask for help. */
function applicationOptions(program: string): string[] {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const help = execFileSync(program, ['--help-all'], { encoding: 'utf8', env });
  return optionsIn(/Application Options:\n([^]*)/.exec(help)?.[1] ?? '');
}

test.each(['esc', 'escd', 'escctl'])('the manual page of %s is well-formed', program => {
  const { status, stderr } = spawnSync(
    'man',
    ['--warnings', '-E', 'UTF-8', '-Tutf8', '-Z', '-l', `man/${program}.1`],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('escctl', () => {
  test('its manual page names each command and each option, and none that is not there', () => {
    const page = shownPage('escctl');
    const headings = [...section(page, 'COMMANDS').matchAll(/^ {7}(\S[a-z -]*?)(?: {2,}|$| [A-Z])/gm)];
    expect(sorted(headings.map(([, heading = '']) => heading))).toEqual(
      sorted(line.commands.map(({ name }) => name)),
    );
    const spellings = line.options.map(({ spelling }) => spelling);
    expect(optionsIn(section(page, 'OPTIONS'))).toEqual(sorted([...spellings, ...common]));
  });

  test('its help names them too', () => {
    const help = execFileSync(escctl, ['--help'], { encoding: 'utf8' });
    for (const { name } of line.commands) expect(help).toMatch(new RegExp(`^  ${name}  `, 'm'));
    const spellings = line.options.map(({ spelling }) => spelling);
    expect(optionsIn(help)).toEqual(sorted([...spellings, ...common]));
  });

  test('its completion offers each command', () => {
    const [first = []] = completionsOf('escctl', [['']]);
    expect(first).toEqual(sorted(line.commands.map(({ name }) => name.split(' ')[0] ?? '')));
    const families = line.commands.filter(({ name }) => name.includes(' '));
    const offered = completionsOf(
      'escctl',
      families.map(({ name }) => [name.split(' ')[0] ?? '', '']),
    );
    families.forEach(({ name }, i) => expect(offered[i]).toContain(name.split(' ')[1]));
  });

  test('its completion offers each command what it takes, and nothing else', () => {
    const spelling = new Map(line.options.map(option => [option.name, option.spelling]));
    const offered = completionsOf(
      'escctl',
      line.commands.map(({ name }) => [...name.split(' '), '--']),
    );
    line.commands.forEach(({ name, options }, i) =>
      expect(offered[i], name).toEqual(sorted([...options.map(o => spelling.get(o) ?? o), ...common])),
    );
  });

  test('its completion knows after which options a value follows', () => {
    const offered = completionsOf(
      'escctl',
      line.options.map(({ spelling }) => [spelling, 'lis']),
    );
    line.options.forEach(({ spelling, takesValue }, i) =>
      expect(offered[i], spelling).toEqual(takesValue ? [] : ['list']),
    );
  });

  test('its completion finds the command behind options and their values', () => {
    expect(
      completionsOf('escctl', [
        ['--json', '--reader', 'list', 'format', '--us'],
        ['--reader', '=', 'list', 'format', '--us'],
        ['enroll', '--progress', ''],
        ['enroll', '--progress', '=', 'j'],
        ['enroll', '--pin-file', 'compl'],
        ['nonsense', '--reader', 'A', ''],
      ]),
    ).toEqual([['--user'], ['--user'], ['bar', 'json', 'none'], ['json'], ['completion.ts'], []]);
  });

  test('GJS takes none of its options for one of its own', () => {
    const ofGjs = optionsIn(execFileSync('gjs', ['--help'], { encoding: 'utf8' }));
    const shared = line.options.filter(({ spelling }) => ofGjs.includes(spelling));
    for (const { spelling } of shared)
      expect(spawnSync(escctl, [spelling, 'x'], { encoding: 'utf8' }).stderr).not.toContain('Gjs');
  });

  test('a tabulator in a terminal completes', async () => {
    const screen = await typeInto('bash', [
      ['\\$ $', `. ${root}/data/completions/escctl\r`],
      ['\\$ $', 'escctl reset-p\t--tok\t'],
      ['escctl reset-password --token-type ', '\u0015exit\r'],
    ]);
    expect(screen).toContain('escctl reset-password --token-type ');
  });
});

describe.each([
  ['esc', esc],
  ['escd', escd],
] as const)('%s', (name, program) => {
  test('its manual page and its completion have the options that it takes', () => {
    const options = sorted([...applicationOptions(program), '--help']);
    expect(optionsIn(section(shownPage(name), 'OPTIONS'))).toEqual(options);
    expect(completionsOf(name, [['--']])[0]).toEqual(options);
  });

  test('it is called by its own name, and tells its version', () => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const told = (option: string): string => execFileSync(program, [option], { encoding: 'utf8', env });
    expect(told('--help')).toMatch(new RegExp(`^Usage:\n  ${name} \\[OPTION`));
    expect(told('--version')).toBe(
      execFileSync(escctl, ['--version'], { encoding: 'utf8' }).replace('escctl', name),
    );
  });

  test.each([
    ['--nonsense', 'Unknown option --nonsense'],
    ['nonsense', '“nonsense” is one word too many'],
  ])('%s is refused in a sentence, with 2', (word, sentence) => {
    const { status, stdout, stderr } = spawnSync(program, [word], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `${sentence}\n` });
  });
});

test('the completion of esc knows the pages that esc can open', () => {
  const help = execFileSync(esc, ['--help'], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const pages = /--page=PAGE\s+Open a page: (.*)/.exec(help)?.[1]?.split(', ') ?? [];
  expect(pages).toContain('preferences');
  const [all, some] = completionsOf('esc', [
    ['--page', ''],
    ['--page', '=', 'p'],
  ]);
  expect(all).toEqual(sorted(pages));
  expect(some).toEqual(sorted(pages.filter(page => page.startsWith('p'))));
});
