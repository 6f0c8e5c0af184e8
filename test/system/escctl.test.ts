/** escctl does the whole job on real parts: pcscd, a virtual card, the demo TPS. */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenJson } from '../../src/cli/describe.js';
import { Demo } from '../support/demo/demo.js';
import { exposedBy, runEscctl, type Result, type RunOptions } from '../support/escctl/escctl.js';
import { eventually } from '../support/pcsc/waiting.js';

const user = 'mmueller';
const password = 'geheim';
const pins = { first: 'Erste.4711', second: 'Zweite-815', third: 'Dritte_12' };

let demo: Demo;
/** All that the runs of this file printed. */
let printed = '';

beforeAll(async () => {
  demo = await Demo.start({ cards: 2 });
});

afterAll(async () => {
  await demo.end();
});

async function escctl(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Result> {
  const result = await runEscctl(args, { environment: demo.environment, ...options });
  printed += result.stdout + result.stderr;
  return result;
}

function reader(card: number): string {
  return demo.readers[card - 1] ?? '';
}

/** Runs an operation with both secrets on standard input; it is to succeed. */
async function operate(card: number, command: string, pin: string): Promise<Result> {
  const secrets = command === 'format' ? ['--password-file=-'] : ['--password-file=-', '--pin-file=-'];
  const result = await escctl([command, '--json', '--reader', reader(card), '--user', user, ...secrets], {
    input: command === 'format' ? `${password}\n` : `${password}\n${pin}\n`,
  });
  expect(result.report()).toMatchObject({ operation: command, outcome: 'done', code: 'done' });
  expect(result.status).toBe(0);
  expect(result.stderr).toBe('');
  return result;
}

async function listed(card: number): Promise<TokenJson> {
  const result = await escctl(['list', '--json']);
  expect(result.status).toBe(0);
  const found = (result.json() as TokenJson[]).find(entry => entry.reader === reader(card));
  if (found === undefined) throw new Error(`card ${card} is not listed`);
  return found;
}

/** It is there from the first conversation on. */
function tpsLog(): string {
  return readdirSync(demo.directory).includes('tps.log') ? demo.log('tps.log') : '';
}

/** BEGIN_OP's operation codes since the given length of the log, and how each ended. */
function conversationsSince(length: number): string[] {
  const lines = tpsLog().slice(length).split('\n');
  return lines.flatMap(line => /(begin-op \d+|end-op result \d+)/.exec(line)?.[1] ?? []);
}

const done = 'end-op result 0';

describe('a blank card', () => {
  test('is listed with all that a program may ask for', async () => {
    expect(await listed(1)).toMatchObject({
      reader: reader(1),
      cuid: '40906145C76200007777',
      atr: '3BFF1400FF8131FE458025A00000005657534336353004023E',
      status: 'NO_APPLET',
      unfinished: false,
      issuer: '',
      issuedTo: '',
      isCoolKey: true,
      problem: null,
    });
    expect((await listed(2)).cuid).toBe('40906145C76200007778');
  });

  test('has no certificates, which is said on standard error alone, and to no program', async () => {
    const nothing = { status: 0, stdout: '', stderr: 'The card holds no certificates.\n' };
    const certificates = ['certificates', '--reader', reader(1)];
    expect(await escctl(certificates)).toMatchObject(nothing);
    expect(await escctl([...certificates, '--json'])).toMatchObject({
      status: 0,
      stdout: '[]\n',
      stderr: '',
    });
  });

  test('that is out is not listed, and that none is in is said in the same way', async () => {
    for (const card of [1, 2]) await demo.order(`remove ${card}`);
    await eventually(async () => (await escctl(['list', '--json'])).stdout === '[]\n');
    const nothing = { status: 0, stdout: '', stderr: 'No card is in.\n' };
    expect(await escctl(['list'])).toMatchObject(nothing);
    expect((await escctl(['list', '--json'])).stderr).toBe('');
    for (const [command, said] of [
      ['trust-server --list', 'No server and no issuer is trusted by hand.'],
      ['phone-home show --all', 'No card is remembered.'],
    ] as const) {
      expect(await escctl(command.split(' '))).toMatchObject({ ...nothing, stderr: `${said}\n` });
      expect(await escctl([...command.split(' '), '--json'])).toMatchObject({ stdout: '[]\n', stderr: '' });
    }
    for (const card of [1, 2]) {
      await demo.order(`insert ${card}`);
      await eventually(async () => (await escctl(['list'])).stdout.includes(reader(card)));
    }
  });

  test.each([
    ['--reader', () => reader(2)],
    ['--cuid', () => '40906145c76200007778'],
  ])('is listed alone by its %s', async (option, value) => {
    const result = await escctl(['list', '--json', option, value()]);
    expect((result.json() as TokenJson[]).map(entry => entry.reader)).toEqual([reader(2)]);
    expect((await escctl(['list', option, value()])).stdout).not.toContain(reader(1));
  });

  test('that is asked for and not in is not listed, and those that are in are named', async () => {
    const none = ['list', '--reader', 'Nobody’s Reader'];
    expect(await escctl([...none, '--json'])).toMatchObject({ status: 0, stdout: '[]\n', stderr: '' });
    const { status, stdout, stderr } = await escctl(none);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('There is no card “Nobody’s Reader”');
    expect(stderr).toContain(reader(1));
  });

  test('is formatted, enrolled, gets a new password, and is enrolled again', async () => {
    const before = tpsLog().length;
    await operate(1, 'format', '');
    expect(await listed(1)).toMatchObject({ status: 'UNINITIALIZED', unfinished: false, issuedTo: '' });
    await operate(1, 'enroll', pins.first);
    expect(await listed(1)).toMatchObject({
      status: 'ENROLLED',
      unfinished: false,
      issuer: 'Example Corp',
      issuedTo: 'Maria Müller',
    });
    await operate(1, 'reset-password', pins.second);
    expect(await listed(1)).toMatchObject({ status: 'ENROLLED', unfinished: false });
    await operate(1, 'enroll', pins.third);
    expect(await listed(1)).toMatchObject({ status: 'ENROLLED', unfinished: false });
    expect(conversationsSince(before)).toEqual([
      ...['begin-op 5', done, 'begin-op 1', done],
      ...['begin-op 3', done, 'begin-op 1', done],
    ]);
  });

  test('is formatted on the way when it is enrolled at once', async () => {
    const before = tpsLog().length;
    const command = ['enroll', '--json', '--progress=json', '--cuid', '40906145c76200007778', '--user', user];
    let exposed = '';
    const result = await escctl([...command, '--password-file=-', '--pin-file=-'], {
      input: `${password}\r\n${pins.first}\r\n`,
      progress: (_event, { pid }) => (exposed += exposedBy(pid)),
    });
    expect(result.report()).toMatchObject({
      operation: 'enroll',
      cuid: '40906145C76200007778',
      outcome: 'done',
      cardTouched: true,
      card: { status: 'ENROLLED', unfinished: false },
    });
    expect(conversationsSince(before)).toEqual(['begin-op 5', done, 'begin-op 1', done]);

    const { events, stderr } = result;
    expect(stderr.split('\n').filter(line => line !== '')).toHaveLength(events.length);
    expect(events.length).toBeGreaterThan(50);
    const fractions = events.map(event => event.fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    for (const event of events) expect(event).toMatchObject({ event: 'progress', operation: 'enroll' });
    const steps = new Set(events.map(event => event.step));
    for (const step of ['loading-applet', 'generating-keys', 'writing-certificates', 'checking'])
      expect(steps).toContain(step);

    // Of escctl and of its shim, while they ran.
    expect(exposed).toContain('escctl');
    expect(exposed).toContain('esc-pcsc');
    for (const secret of [password, pins.first]) expect(exposed).not.toContain(secret);
  });
});

describe('an enrolled card', () => {
  test('shows its certificates', async () => {
    const result = await escctl(['certificates', '--json', '--reader', reader(1)]);
    const certificates = result.json() as { label: string; pem: string; keyUsage: string[] }[];
    expect(certificates.map(({ label }) => label)).toEqual([
      `signing key for ${user}`,
      `encryption key for ${user}`,
    ]);
    for (const { pem } of certificates)
      expect(new X509Certificate(pem).issuer).toContain('CN=Example Corp Demo CA');
    const text = await escctl(['certificates', '--reader', reader(1)]);
    expect(text.stdout).toContain('CN=Maria Müller');
    const keys = [...text.stdout.matchAll(/^ {2}Key: (.+)\n {2}Number on the card: (\d)$/gm)];
    expect(keys.map(([, key, number]) => [key, number])).toEqual([
      ['Signing, RSA, 2048 bits', '2'],
      ['Encryption, RSA, 2048 bits', '4'],
    ]);
  });

  test('shows everything about itself', async () => {
    const result = await escctl(['info', '--json', '--reader', reader(1)]);
    expect(result.json()).toMatchObject({
      status: 'ENROLLED',
      appletVersion: '1.4.58768072',
      phoneHomeUrl: demo.tps.replace(/tps$/, 'phoneHome'),
      tokenName: user,
    });
    const text = await escctl(['info', '--reader', reader(1)]);
    expect(text.stdout).toMatch(/^Issued to +Maria Müller$/m);
    expect((await escctl(['list'])).stdout).toMatch(/ENROLLED +Maria Müller +Example Corp$/m);
  });

  test('takes each secret from a file of its own, or from a pipe', async () => {
    const card = ['--json', '--reader', reader(1), '--user', user];
    const files = [`--password-file=${join(demo.directory, 'password')}`, '--pin-file=-'];
    writeFileSync(join(demo.directory, 'password'), password, { mode: 0o600 });
    // No newline at the end of either.
    const result = await escctl(['reset-password', ...card, ...files], { input: pins.second });
    expect(result.report()).toMatchObject({ operation: 'reset-password', outcome: 'done' });
  });
});

test('no output, no log and no setting has a secret', () => {
  const logs = readdirSync(demo.directory).filter(name => name.endsWith('.log'));
  expect(logs).toEqual(expect.arrayContaining(['card-1.log', 'card-2.log', 'tps.log']));
  const written = [...logs, 'readers/pcscd.log', 'config/glib-2.0/settings/keyfile']
    .map(name => readFileSync(join(demo.directory, name), 'utf8'))
    .join('\n');
  expect(printed.length).toBeGreaterThan(10_000);
  for (const secret of [password, ...Object.values(pins)]) {
    expect(printed).not.toContain(secret);
    expect(written).not.toContain(secret);
  }
});
