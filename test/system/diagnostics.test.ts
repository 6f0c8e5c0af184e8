import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DiagnosticsReport } from '../../src/tokens/diagnostics/report.js';
import type { LogEvent } from '../../src/tokens/log/event.js';
import { Demo } from '../support/demo/demo.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';

const pin = 'Secret.12';
let demo: Demo;
let environment: NodeJS.ProcessEnv;

interface CheckJson {
  readonly check: string;
  readonly state: string;
  readonly message: string;
  readonly next: string;
  readonly code: string | null;
  readonly number: string | null;
}

interface Printed extends DiagnosticsReport {
  readonly checks?: readonly CheckJson[];
  readonly log?: readonly (LogEvent & { readonly number?: string; readonly message?: string })[];
}

function escctl(...args: string[]): Promise<Result> {
  return runEscctl(args, { environment });
}

async function diagnostics(...args: string[]): Promise<Printed & { readonly status: unknown }> {
  const result = await escctl('diagnostics', '--json', ...args);
  return { ...(result.json() as Printed), status: result.status };
}

function checkOf({ checks }: Printed, id: string): CheckJson | undefined {
  return checks?.find(({ check }) => check === id);
}

beforeAll(async () => {
  demo = await Demo.start({ cards: 2, keyBits: 1024 });
  environment = demo.environment;
  const enrolled = await runEscctl(
    [
      'enroll',
      '--reader',
      demo.readers[0] ?? '',
      '--user',
      demo.user,
      '--password-file',
      '-',
      '--pin-file',
      '-',
    ],
    { environment, input: `${demo.password}\n${pin}\n` },
  );
  expect(enrolled.stderr + enrolled.stdout).toContain('The card is enrolled.');
});
afterAll(() => demo.end());

describe('escctl diagnostics', () => {
  test('tells versions, numbers of cards and readers, and all about each card', async () => {
    const { software, readers, cards, problem, status } = await diagnostics();
    expect(status).toBe(0);
    expect(problem).toBeNull();
    for (const version of Object.values(software)) expect(version).toMatch(/^\d+(\.\d+)+/);
    expect(software.gjs).toBe('1.74.2');
    expect(readers).toEqual(demo.readers);
    expect(cards).toHaveLength(2);
    const [enrolled, blank] = cards;
    expect(enrolled).toMatchObject({
      reader: demo.readers[0],
      status: 'ENROLLED',
      issuer: 'Example Corp',
      isCoolKey: true,
      unfinished: false,
      problem: null,
      tpsUrl: demo.tps,
    });
    expect(enrolled?.cuid).toMatch(/^[0-9A-F]{20}$/);
    expect(enrolled?.atr).toMatch(/^3B[0-9A-F]+$/);
    expect(enrolled?.appletVersion).toMatch(/^\d+\.\d+\.[0-9a-f]+$/);
    expect(enrolled?.phoneHomeUrlOnCard).toMatch(/^http.*phoneHome/);
    expect(enrolled?.phoneHomeUrl).toBe(enrolled?.phoneHomeUrlOnCard);
    expect(enrolled?.certificates).toHaveLength(2);
    for (const certificate of enrolled?.certificates ?? []) {
      expect(certificate.subject).toContain('John Smith');
      expect(certificate.serialNumber).toMatch(/^[0-9A-F]+$/);
      expect(certificate.key).toBe('RSA 1024');
      expect(Date.parse(certificate.notAfter)).toBeGreaterThan(Date.parse(certificate.notBefore));
    }
    expect(blank).toMatchObject({ status: 'NO_APPLET', appletVersion: '', certificates: [] });
  });

  test('says the same to a person', async () => {
    const { stdout, status } = await escctl('diagnostics');
    expect(status).toBe(0);
    for (const text of [
      'Software',
      'GJS',
      'GTK',
      'pcsc-lite',
      'Number of Cards',
      'NO_APPLET',
      'ENROLLED',
      demo.tps,
    ])
      expect(stdout).toContain(text);
  });

  test('--log adds what has happened, without a secret', async () => {
    const { log } = await diagnostics('--log');
    const kinds = log?.map(({ kind }) => kind) ?? [];
    expect(kinds).toContain('operation-started');
    expect(kinds).toContain('operation-done');
    const status = log?.find(({ kind }) => kind === 'card-status');
    expect(status?.number).toMatch(/^ESC-3\d{3}$/);
    const { stdout } = await escctl('diagnostics', '--log');
    expect(stdout).toMatch(/\d\d:\d\d:\d\d {2}Event {2}Operation completed/);
    for (const secret of [pin, `"${demo.password}"`]) {
      expect(stdout).not.toContain(secret);
      expect(readFileSync(join(demo.directory, 'state/esc/events.jsonl'), 'utf8')).not.toContain(secret);
    }
  });

  test('--check tests one thing after the other', async () => {
    const report = await diagnostics('--check');
    const states = Object.fromEntries(report.checks?.map(({ check, state }) => [check, state]) ?? []);
    expect(states).toMatchObject({
      pcscd: 'fine',
      readers: 'fine',
      card: 'fine',
      tps: 'fine',
      pkcs11: 'fine',
    });
    // The demo's TPS speaks plain http.
    expect(checkOf(report, 'tls')).toMatchObject({ state: 'skipped' });
    expect(checkOf(report, 'tls')?.message).toContain('passwords can be read on the way');
    expect(checkOf(report, 'card')?.message).toContain('ENROLLED');
    expect(report.status).toBe(0);
  });
});

describe('the check-up says what to do about', () => {
  /** Settings with another TPS, and other lines. */
  function withTps(url: string, ...others: readonly string[]): NodeJS.ProcessEnv {
    const config = join(demo.directory, `config-${Math.random()}`);
    const file = join(config, 'glib-2.0/settings/keyfile');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      `${['[io/github/escproject/Esc]', `fallback-tps-url='${url}'`, ...others].join('\n')}\n`,
    );
    return { ...demo.environment, XDG_CONFIG_HOME: config };
  }

  test('a server that does not listen', async () => {
    environment = withTps('https://127.0.0.1:1/tps/tps');
    const report = await diagnostics('--check');
    expect(checkOf(report, 'tps')).toMatchObject({
      state: 'failed',
      code: 'connection-refused',
      number: 'ESC-5003',
    });
    expect(checkOf(report, 'tps')?.next).toContain('Check the address');
    expect(checkOf(report, 'tls')).toMatchObject({ state: 'skipped', message: '' });
    expect(report.status).toBe(5);
  });

  test('a server that speaks no TLS', async () => {
    environment = withTps(demo.tps.replace('http:', 'https:'));
    const report = await diagnostics('--check');
    expect(checkOf(report, 'tps')).toMatchObject({ state: 'fine' });
    expect(checkOf(report, 'tls')).toMatchObject({ state: 'failed', code: 'tls-error' });
    expect(checkOf(report, 'tls')?.number).toMatch(/^ESC-62/);
    const { stdout } = await escctl('diagnostics', '--check');
    expect(stdout).toMatch(/Protected Connection \(TLS\): Failed \(ESC-62\d\d\)/);
  });

  test('nothing, where only Phone Home knows the server and was not asked before', async () => {
    environment = withTps('');
    const report = await diagnostics('--check');
    expect(checkOf(report, 'tps')).toMatchObject({ state: 'fine' });
    expect(checkOf(report, 'tps')?.message).toContain(new URL(demo.tps).host);
    expect(report.cards[0]).toMatchObject({ status: 'ENROLLED', tpsUrl: demo.tps });
  });

  test('a server that is not known', async () => {
    environment = withTps('', 'ignore-card-phone-home-url=true');
    const report = await diagnostics('--check');
    expect(checkOf(report, 'tps')).toMatchObject({ state: 'failed', code: 'no-server-url' });
  });

  test('a pcscd that is not there', async () => {
    environment = { ...demo.environment, PCSCLITE_CSOCK_NAME: join(demo.directory, 'no-socket') };
    const report = await diagnostics('--check');
    expect(checkOf(report, 'pcscd')).toMatchObject({
      state: 'failed',
      code: 'pcscd-absent',
      number: 'ESC-1101',
    });
    expect(checkOf(report, 'readers')).toMatchObject({ state: 'skipped' });
    expect(checkOf(report, 'card')).toMatchObject({ state: 'skipped' });
    expect(report).toMatchObject({ problem: 'pcscd-absent', status: 4, readers: [], cards: [] });
    expect((await escctl('diagnostics')).stdout).toContain('The smart card service (pcscd) is not running.');
  });

  test('nothing that comes after Ctrl-C', async () => {
    // Takes a connection and never says a word of TLS.
    const silent: Server = createServer(() => undefined);
    await new Promise<void>(done => silent.listen(0, '127.0.0.1', done));
    const address = silent.address();
    environment = withTps(
      `https://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/tps/tps`,
    );
    let connections = 0;
    const result = await runEscctl(['diagnostics', '--check', '--json'], {
      environment,
      // The second connection is the one that TLS is tried on.
      started: ({ pid }) =>
        silent.on('connection', () => {
          connections += 1;
          if (connections === 2) process.kill(pid, 'SIGINT');
        }),
    });
    silent.close();
    expect(result.status).toBe(7);
  });
});
