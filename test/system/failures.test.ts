import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { results } from '../../src/pcsc/results.js';
import { endOpNames } from '../../src/protocol/end-op.js';
import type { FailureCode, FailureFacts } from '../../src/base/failure.js';
import { runGjsProgram } from '../support/gjs-program.js';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'esc-failures-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Line {
  readonly number: number;
  readonly name: string;
  readonly what: string;
  readonly next: string;
}

interface Case {
  readonly code: FailureCode;
  readonly detail: string;
  readonly facts: FailureFacts;
}

async function explain(...cases: Case[]): Promise<{ number: string; what: string; next: string }[]> {
  return JSON.parse(await runGjsProgram('failures', [JSON.stringify(cases)])) as never;
}

const all = runGjsProgram('failures', ['all']).then(text => JSON.parse(text) as Line[]);
const reasons = runGjsProgram('failures', ['reasons']).then(text => JSON.parse(text) as Line[]);
const named = async (name: string): Promise<Line[]> => (await all).filter(line => line.name === name);

test('docs/failures.md is what the catalogue says', () => {
  const file = join(folder, 'failures.md');
  const { status, stderr } = spawnSync(process.execPath, ['scripts/failures.mjs', file], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expect(readFileSync(join(root, 'docs/failures.md'), 'utf8'), 'node scripts/failures.mjs').toBe(
    readFileSync(file, 'utf8'),
  );
});

test('every line has a number of its own, a sentence and a next step', async () => {
  const lines = await all;
  expect(new Set(lines.map(({ number }) => number)).size).toBe(lines.length);
  for (const { what, next, name } of lines) {
    expect(what, name).toMatch(/\.$/);
    expect(next, name).toMatch(/\.( \{tries\})?$/);
    expect(`${what} ${next}`, name).not.toContain('undefined');
  }
});

test('every reason has the number of its code, a sentence of its own and a next step', async () => {
  const numbers = new Set((await all).map(({ number }) => number));
  const lines = await reasons;
  expect(new Set(lines.map(({ what }) => what)).size).toBe(lines.length);
  for (const { number, what, next, name } of lines) {
    expect(numbers, name).toContain(number);
    expect(what, name).toMatch(/(\.|: \{named\})$/);
    expect(next, name).toMatch(/\.$/);
  }
});

test('what is in English for help desks is in no sentence for people', async () => {
  const lines = [...(await all), ...(await reasons)];
  for (const { name, what, next } of lines) expect(`${what} ${next}`, name).not.toContain('{detail}');
  const template = readFileSync(join(root, 'po/esc.pot'), 'utf8');
  expect(template).not.toContain('{detail}');
});

test('a reason says what happened, a sentence in the person’s language goes before it, and an unknown one is nothing', async () => {
  const bad = { code: 'bad-url' as const, detail: 'English' };
  const [general, port, said, unknown] = await explain(
    { ...bad, facts: {} },
    { ...bad, facts: { reason: 'url-port' } },
    { ...bad, facts: { reason: 'url-port', sentence: 'Der Port ist keine Zahl.' } },
    { ...bad, facts: { reason: 'of-another-version' as 'url-port' } },
  );
  expect(general).toMatchObject({ number: 'ESC-5001', what: 'The address of the server is not valid.' });
  expect(port?.number).toBe('ESC-5001');
  expect(port?.what).toMatch(/: the port is not a number from 1 to 65535\.$/);
  expect(said).toEqual({ ...port, what: 'Der Port ist keine Zahl.' });
  expect(unknown).toEqual(general);
});

test('each line is in docs/failures.md', async () => {
  const text = readFileSync(join(root, 'docs/failures.md'), 'utf8');
  for (const { number, name } of [...(await all), ...(await reasons)])
    expect(text).toContain(`| ESC-${number} | \`${name}\` |`);
});

test('each END_OP code has its line, one that is unknown too', async () => {
  for (const [code, name] of endOpNames.entries())
    expect(await named(`END_OP ${code} ${name}`)).toMatchObject([{ number: 4000 + code }]);
  const [last, beyond, negative] = await explain(
    ...[45, 46, -1].map(serverCode => ({
      code: 'server-refused' as const,
      detail: `END_OP ${serverCode} UNKNOWN`,
      facts: { serverCode },
    })),
  );
  expect(last?.number).toBe('ESC-4045');
  for (const unknown of [beyond, negative]) {
    expect(unknown?.number).toBe('ESC-4999');
    expect(unknown?.what).toMatch(/not known here \((46|-1)\)\.$/);
  }
});

test('each result of PC/SC and of the shim has its line', async () => {
  for (const [, name] of results) expect(await named(name), name).toHaveLength(1);
  const explained = await explain(
    ...results.map(([, result, code]) => ({ code, detail: 'x', facts: { result, reader: 'R' } })),
  );
  const lines = await all;
  for (const [index, [, name]] of results.entries()) {
    const line = lines.find(known => known.name === name);
    expect(explained[index]?.number).toBe(`ESC-${line?.number ?? 0}`);
  }
});

test('a result that pcscd gave although something else was wrong is told by what was wrong', async () => {
  const [explained] = await explain({
    code: 'card-removed',
    detail: 'x',
    facts: { result: 'SCARD_F_COMM_ERROR' },
  });
  expect(explained).toMatchObject({ number: 'ESC-1201', what: 'The card was taken out.' });
});

/** The guide's table 3.1: status word, and the command that got it. */
const table31: readonly (readonly [string, string])[] = [
  ...['6400', '6700', '6982', '6985', '6A86', '6D00', '6E00'].map(word => [word, ''] as const),
  ...['6581', '6A80', '6A84', '6A88'].map(word => [word, 'INSTALL'] as const),
  ...['6200', '6581', '6985', '6A88', '6A82', '6A80'].map(word => [word, 'DELETE'] as const),
  ['6A88', 'GET DATA'],
  ...['6310', '6A88', '6A80'].map(word => [word, 'GET STATUS'] as const),
  ...['6581', '6A84', '6A86', '6985'].map(word => [word, 'LOAD'] as const),
];

test('each status word of table 3.1 has a line for the command that got it', async () => {
  const explained = await explain(
    ...table31.map(([result, step]) => ({
      code: 'card-refused' as const,
      detail: 'x',
      facts: { result, step },
    })),
  );
  for (const [index, [word, command]] of table31.entries()) {
    const [line] = await named(`${word} ${command}`.trimEnd());
    expect(explained[index]?.number, `${word} ${command}`).toBe(`ESC-${line?.number ?? 0}`);
  }
  const texts = (command: string): string[] =>
    table31.flatMap(([, step], index) => (step === command ? [explained[index]?.what ?? ''] : []));
  expect(texts('DELETE')[2]).toContain('still needed');
  expect(texts('LOAD')[3]).toContain('not ready');
});

test('a status word means for another command what it means in general, and an unknown one says so', async () => {
  const [general, unknown, none] = await explain(
    { code: 'card-refused', detail: 'x', facts: { result: '6985', step: 'VERIFY PIN' } },
    { code: 'card-refused', detail: 'x', facts: { result: '6FAB', step: 'LOAD' } },
    { code: 'card-refused', detail: 'x', facts: { step: 'SELECT' } },
  );
  expect(general?.number).toBe('ESC-3104');
  expect(unknown).toMatchObject({ number: 'ESC-3999' });
  expect(unknown?.what).toContain('(6FAB)');
  expect(none?.number).toBe('ESC-1206');
});

test('of a certificate that is refused for several reasons the gravest is told', async () => {
  const facts = { server: 'tps.example.com:8443' };
  const [both, issuer, handshake] = await explain(
    { code: 'tls-error', detail: 'x', facts: { ...facts, result: 'UNKNOWN_CA EXPIRED' } },
    { code: 'tls-error', detail: 'x', facts: { ...facts, result: 'UNKNOWN_CA' } },
    { code: 'tls-error', detail: 'x', facts: { ...facts, result: 'NOT_TLS' } },
  );
  expect(both).toMatchObject({
    number: 'ESC-6103',
    what: 'The certificate of tps.example.com:8443 has expired.',
  });
  expect(issuer?.number).toBe('ESC-6106');
  expect(handshake?.number).toBe('ESC-6204');
});

test('network errors, HTTP statuses and proxies have their own lines, the others the general one', async () => {
  const explained = await explain(
    ...(
      [
        ['host-not-found', 'NOT_FOUND'],
        ['network-error', 'PROXY_NEED_AUTH'],
        ['http-status', 'HTTP 404'],
        ['http-status', 'HTTP 418'],
        ['network-error', 'G_IO_ERROR 99'],
      ] as const
    ).map(([code, result]) => ({ code, detail: result, facts: { result } })),
  );
  expect(explained.map(({ number }) => number)).toEqual([
    'ESC-5101',
    'ESC-5109',
    'ESC-5404',
    'ESC-5005',
    'ESC-5004',
  ]);
  // A sentence begins with a capital letter.
  expect(explained[2]?.what).toBe('The server has nothing at this address.');
});

test('an answer that breaks the rules is laid to whoever gave it', async () => {
  const [card, server] = await explain(
    { code: 'protocol-violation', detail: 'x', facts: {} },
    { code: 'protocol-violation', detail: 'x', facts: { server: 'tps:80' } },
  );
  expect(card?.what).toMatch(/^The card/);
  expect(server?.what).toMatch(/^tps:80/);
});
