/** escctl on a terminal: questions, echo, the progress bar, Ctrl-C. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TokenJson } from '../../src/cli/describe.js';
import { Demo } from '../support/demo/demo.js';
import { runEscctl } from '../support/escctl/escctl.js';
import {
  controlC,
  controlD,
  escctlOnTerminal,
  type Step,
  type TerminalResult,
} from '../support/escctl/terminal.js';

const pin = 'Secret.12';

const askPin = 'New card password .*: ';
const askAgain = 'The same again: ';
const askUser = 'LDAP User ID for 127.0.0.1: ';
const askPassword = 'LDAP Password for 127.0.0.1: ';

let demo: Demo;

beforeAll(async () => {
  // Slow enough that the bar still moves when somebody presses Ctrl-C.
  demo = await Demo.start({ pace: 15 });
});

afterAll(async () => {
  await demo.end();
});

function onTerminal(args: readonly string[], steps: readonly Step[]): Promise<TerminalResult> {
  return escctlOnTerminal(args, steps, demo.environment);
}

async function status(): Promise<string | undefined> {
  const listed = await runEscctl(['list', '--json'], { environment: demo.environment });
  return (listed.json() as TokenJson[])[0]?.status;
}

test.each([
  ['Ctrl-C', controlC],
  ['the end of input', controlD],
])('%s at a question without echo cancels, and the terminal echoes again', async (_what, key) => {
  const result = await onTerminal(['enroll'], [[askPin, key]]);
  expect(result).toMatchObject({ status: 7, echo: [false], echoAtEnd: true });
  expect(result.screen).toContain('escctl: Cancelled.');
});

test('Ctrl-C at a question with echo cancels', async () => {
  const result = await onTerminal(['format'], [[askUser, controlC]]);
  expect(result).toMatchObject({ status: 7, echo: [true], echoAtEnd: true });
});

test('asks without echo, again where an answer will not do, and draws a bar', async () => {
  const result = await onTerminal(
    ['enroll'],
    [
      [askPin, 'abc\n'],
      [`4–10 characters(?s:.)*${askPin}`, 'with space\n'],
      [`no spaces(?s:.)*${askPin}`, `${pin}\n`],
      [askAgain, 'Secret.13\n'],
      [`not the same(?s:.)*${askPin}`, `${pin}\n`],
      [askAgain, `${pin}\n`],
      [askUser, 'jsmith\n'],
      [askPassword, '\n'],
      [askPassword, 'wrong\n'],
      [`not accepted(?s:.)*${askUser}`, 'jsmith\n'],
      [askPassword, 'secret\n'],
    ],
  );
  expect(result.screen).toContain('The card is enrolled.');
  expect(result.status).toBe(0);
  expect(result.echo).toEqual([false, false, false, false, false, false, true, false, false, true, false]);
  expect(result.echoAtEnd).toBe(true);
  // What was typed with echo is seen, what was typed without is not.
  expect(result.screen).toContain(`${askUser}jsmith`);
  for (const secret of ['abc', 'with space', pin, 'Secret.13', 'wrong', 'secret'])
    expect(result.screen).not.toContain(secret);
  const percentages = [...result.screen.matchAll(/\[#* *\] +(\d+) %/g)].map(match => Number(match[1]));
  expect(percentages.length).toBeGreaterThan(10);
  expect(percentages).toEqual([...percentages].sort((a, b) => a - b));
  expect(await status()).toBe('ENROLLED');
});

test('a refused login ends where nothing is left to ask', async () => {
  const file = `--password-file=${demo.directory}/state.json`;
  const result = await onTerminal(['format', '--user=jsmith', file], []);
  expect(result.status).toBe(6);
});

test('a secret is not read from a terminal that shows it', async () => {
  const result = await onTerminal(['format', '--user=jsmith', '--password-file=-'], []);
  expect(result.status).toBe(2);
  expect(result.screen).toContain('leave “-” out');
});

test('Ctrl-C while the bar moves cancels in order', async () => {
  const result = await onTerminal(
    ['format', '--user=jsmith'],
    [
      [askPassword, 'secret\n'],
      ['\\[#####', controlC],
    ],
  );
  expect(result).toMatchObject({ status: 7, echoAtEnd: true });
  expect(result.screen).toContain('escctl: Cancelled.');
  expect(result.screen).toContain('The card is unfinished now: format it, then enroll it.');
  expect(await status()).toBe('NO_APPLET');
});

test('no bar where standard error is no terminal', async () => {
  const { status: exit, stderr } = await runEscctl(['format', '--user=jsmith', '--password-file=-'], {
    environment: demo.environment,
    input: 'secret\n',
  });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(await status()).toBe('UNINITIALIZED');
});
