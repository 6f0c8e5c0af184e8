/** What the shim makes of requests that nobody should send, and how it ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildSanitizedShim, buildShim } from '../support/pcsc/build.js';
import { empty, FakePcsc, present } from '../support/pcsc/fake-pcsc.js';
import { fuzzRequest, randomNumbers } from '../support/pcsc/fuzz.js';
import { frame, RawShim, u32 } from '../support/pcsc/raw-shim.js';
import { eventually } from '../support/pcsc/waiting.js';

const program = buildShim();
const card = `reader ${present(1).toString(16)} 3B021450 A Reader`;
const reader = Buffer.from('A Reader');
const shared = Buffer.of(2, 3);

let pcsc: FakePcsc;
let shim: RawShim;

beforeEach(() => {
  pcsc = new FakePcsc();
  pcsc.script(card);
  shim = new RawShim([program], pcsc.env);
});
afterEach(async () => {
  shim.process.kill();
  await pcsc.remove();
});

test('begins with hello, the service and the readers', async () => {
  await eventually(() => shim.frames.length === 3);
  expect(shim.frames.map(one => one.kind)).toEqual(['hello', 'service', 'readers']);
  expect(shim.frames[0]).toEqual({ kind: 'hello', version: 1 });
});

test('answers what is malformed with an error and stays up', async () => {
  const requests: readonly (readonly [string, Buffer])[] = [
    ['ESC_E_MALFORMED', frame(1, 1, Buffer.of(0))],
    ['ESC_E_UNKNOWN_OPERATION', frame(0, 2)],
    ['ESC_E_UNKNOWN_OPERATION', frame(8, 3)],
    ['ESC_E_UNKNOWN_OPERATION', frame(255, 4, Buffer.alloc(100))],
    ['ESC_E_MALFORMED', frame(2, 5)],
    ['ESC_E_MALFORMED', frame(2, 6, u32(1), shared)],
    ['ESC_E_MALFORMED', frame(2, 7, u32(1), shared, Buffer.alloc(128, 65))],
    ['ESC_E_MALFORMED', frame(2, 8, u32(1), shared, Buffer.from('A\0B'))],
    ['SCARD_E_UNKNOWN_READER', frame(2, 9, u32(1), shared, Buffer.alloc(127, 65))],
    ['ESC_E_UNKNOWN_CONNECTION', frame(3, 10, u32(1), Buffer.of(0))],
    ['ESC_E_MALFORMED', frame(3, 11, u32(1))],
    ['ESC_E_MALFORMED', frame(4, 12, u32(1), Buffer.of(2, 3))],
    ['ESC_E_UNKNOWN_CONNECTION', frame(5, 13, u32(0xffffffff))],
    ['ESC_E_MALFORMED', frame(5, 14, u32(1), Buffer.of(1))],
    ['ESC_E_MALFORMED', frame(7, 15, u32(1))],
    ['ESC_E_MALFORMED', frame(7, 16, Buffer.of(0, 0, 1))],
    ['ESC_E_UNKNOWN_CONNECTION', frame(7, 17, u32(1), Buffer.alloc(65_548))],
    ['ESC_E_TOO_LARGE', frame(7, 18, u32(1), Buffer.alloc(65_549))],
    ['ESC_E_TOO_LARGE', frame(9, 19, Buffer.alloc(3_000_000))],
  ];
  for (const [i, [expected, request]] of requests.entries()) {
    // Whole, and byte by byte as far as that is of interest.
    if (i % 2 === 0) shim.send(request);
    else for (const byte of request.subarray(0, 40)) shim.send(Buffer.of(byte));
    if (i % 2 === 1) shim.send(request.subarray(40));
    // The shim has another connection 1 only once the first has gone.
    expect(await shim.result(i + 1)).toBe(expected);
  }
  shim.send(u32(0), u32(4), Buffer.of(1, 2, 3, 4));
  await shim.ping();
  const untagged = shim.frames.filter(one => one.kind === 'answer' && one.tag === 0);
  expect(untagged).toHaveLength(2);
});

describe('a field out of range', () => {
  /** Share mode, protocols, and what is done with the card where that is asked for, on connection 1. */
  const inRange: readonly (readonly [operation: string, number: number, fields: readonly number[]])[] = [
    ['connect', 2, [1, 1]],
    ['connect', 2, [3, 3]],
    ['reconnect', 4, [1, 1, 0]],
    ['reconnect', 4, [3, 3, 2]],
    ['end', 6, [0]],
    ['end', 6, [3]],
    ['disconnect', 3, [0]],
    ['disconnect', 3, [3]],
  ];
  const outOfRange: typeof inRange = [
    ['connect', 2, [0, 3]],
    ['connect', 2, [4, 3]],
    ['connect', 2, [2, 0]],
    ['connect', 2, [2, 4]],
    ['reconnect', 4, [0, 3, 0]],
    ['reconnect', 4, [4, 3, 0]],
    ['reconnect', 4, [2, 0, 0]],
    ['reconnect', 4, [2, 4, 0]],
    ['reconnect', 4, [2, 3, 3]],
    ['end', 6, [4]],
    ['disconnect', 3, [4]],
  ];
  const request = (operation: number, tag: number, fields: readonly number[]): Buffer =>
    frame(operation, tag, u32(1), Buffer.from(fields), operation === 2 ? reader : Buffer.of());
  const ofCard = (): string[] => pcsc.calls().filter(call => /Connect|Reconnect|End|Disconnect/.test(call));

  test.each(outOfRange)(
    '%s %i %j is refused, and pcsc-lite never sees it',
    async (name, operation, fields) => {
      if (name !== 'connect') {
        shim.send(frame(2, 1, u32(1), shared, reader));
        expect(await shim.result(1)).toBe('SCARD_S_SUCCESS');
      }
      const before = ofCard();
      shim.send(request(operation, 2, fields));
      expect(await shim.result(2)).toBe('ESC_E_MALFORMED');
      expect(ofCard()).toEqual(before);
    },
  );

  test.each(inRange)('%s %i %j is not', async (name, operation, fields) => {
    if (name !== 'connect') shim.send(frame(2, 1, u32(1), shared, reader), frame(5, 2, u32(1)));
    shim.send(request(operation, 3, fields));
    expect(await shim.result(3)).toBe('SCARD_S_SUCCESS');
  });
});

test('bounds the connections and the requests that wait', async () => {
  for (let i = 0; i < 32; i += 1) shim.send(frame(2, i + 1, u32(i), shared, reader));
  for (let i = 0; i < 32; i += 1) expect(await shim.result(i + 1)).toBe('SCARD_S_SUCCESS');
  shim.send(frame(2, 100, u32(100), shared, reader), frame(2, 101, u32(7), shared, reader));
  expect(await shim.result(100)).toBe('ESC_E_TOO_MANY_CONNECTIONS');
  expect(await shim.result(101)).toBe('ESC_E_CONNECTION_IN_USE');

  pcsc.script(card, 'block SCardTransmit');
  shim.send(frame(7, 200, u32(7), Buffer.of(1)));
  await eventually(() => pcsc.calls().some(call => call.startsWith('SCardTransmit')));
  for (let i = 1; i <= 6; i += 1) shim.send(frame(7, 200 + i, u32(7), Buffer.of(1)));
  shim.send(frame(3, 210, u32(7), Buffer.of(0)), frame(5, 211, u32(7)));
  expect(await shim.result(205)).toBe('ESC_E_TOO_MANY_REQUESTS');
  expect(await shim.result(206)).toBe('ESC_E_TOO_MANY_REQUESTS');
  expect(await shim.result(211)).toBe('ESC_E_UNKNOWN_CONNECTION');
  expect(shim.answer(200)).toBeUndefined();
  pcsc.script(card);
  expect(await shim.result(204)).toBe('SCARD_S_SUCCESS');
  expect(await shim.result(210)).toBe('SCARD_S_SUCCESS');
  shim.send(frame(2, 220, u32(100), shared, reader));
  expect(await shim.result(220)).toBe('SCARD_S_SUCCESS');
});

test('answers pings while a card keeps it waiting', async () => {
  pcsc.script(card, 'block SCardConnect');
  shim.send(frame(2, 1, u32(1), shared, reader));
  await eventually(() => pcsc.calls().some(call => call.startsWith('SCardConnect')));
  await shim.ping();
  expect(shim.answer(1)).toBeUndefined();
});

test('ends when its input ends, and resets the cards', async () => {
  shim.send(frame(2, 1, u32(1), shared, reader));
  expect(await shim.result(1)).toBe('SCARD_S_SUCCESS');
  shim.process.endInput();
  expect(await shim.process.ended).toBe(0);
  expect(pcsc.calls()).toContain('SCardDisconnect 1');
  expect(pcsc.calls()).toContain('SCardCancel');
  // That of the card, and that of the readers, which an end by force does not come to.
  expect(pcsc.calls().filter(call => call === 'SCardReleaseContext')).toHaveLength(2);
});

test('ends when its input ends, while a card keeps it waiting', async () => {
  pcsc.script(card, 'block SCardTransmit', 'block SCardGetStatusChange');
  shim.send(frame(2, 1, u32(1), shared, reader), frame(7, 2, u32(1), Buffer.of(1)));
  await eventually(() => pcsc.calls().some(call => call.startsWith('SCardTransmit')));
  // Neither call ever returns.
  shim.process.endInput();
  expect(await shim.process.ended).toBe(0);
});

test('ends with its parent, even one that leaves the pipe open', async () => {
  // The shell passes its own standard input on, which this test keeps open.
  const script = '"$0" <&3 >/dev/null & echo $!; exec sleep 60';
  const parent: ChildProcess = spawn('sh', ['-c', script, program], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, ...pcsc.env },
  });
  if (parent.stdout === null) throw new Error('no pipe');
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await eventually(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'esc-pcsc');
  await eventually(() => pcsc.calls().length >= 4);
  const gone = (): boolean => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return true;
    }
  };
  expect(gone()).toBe(false);
  parent.kill('SIGKILL');
  await eventually(gone);
});

test('keeps its memory to itself', async () => {
  await shim.ping();
  const limits = readFileSync(`/proc/${shim.process.pid}/limits`, 'utf8');
  expect(/Max core file size\s+(\S+)/.exec(limits)?.[1]).toBe('0');
});

test('takes no arguments', async () => {
  const other = new RawShim([program, '--help'], pcsc.env);
  expect(await other.process.ended).toBe(2);
  expect(other.process.errors()).toContain('started by Smart Card Manager');
});

test('10,000 requests at random: no fault that the sanitizers find, every one answered, no leak', async () => {
  const seed = Date.now() % 0xffffffff;
  const random = randomNumbers(seed);
  const env = { ...pcsc.env, ASAN_OPTIONS: 'exitcode=99', UBSAN_OPTIONS: 'print_stacktrace=1' };
  const fuzzed = new RawShim([buildSanitizedShim()], env);
  const count = 10_000;
  for (let tag = 1; tag <= count; tag += 1) {
    fuzzed.send(fuzzRequest(random, tag));
    if (tag % 1_000 === 500) pcsc.script(card, `reader ${empty(tag & 0xff).toString(16)} - B`);
    if (tag % 1_000 === 0) {
      pcsc.script(card);
      await fuzzed.ping();
    }
  }
  const answers = (): number => fuzzed.frames.filter(one => one.kind === 'answer').length;
  // Ten of them to pings.
  await eventually(() => answers() >= count + 10);
  fuzzed.process.endInput();
  expect([await fuzzed.process.ended, fuzzed.process.errors(), seed]).toEqual([0, '', seed]);
  expect(answers()).toBe(count + 10);
});

test('a whole session is clean under valgrind', async () => {
  const valgrind = [
    'valgrind',
    '--quiet',
    '--leak-check=full',
    '--show-leak-kinds=definite,indirect,possible',
  ];
  const checked = new RawShim(
    [...valgrind, '--errors-for-leak-kinds=definite,indirect,possible', '--error-exitcode=98', program],
    pcsc.env,
  );
  checked.send(frame(2, 1, u32(1), shared, reader), frame(2, 2, u32(2), shared, reader));
  checked.send(
    frame(5, 3, u32(1)),
    frame(7, 4, u32(1), Buffer.alloc(300)),
    frame(6, 5, u32(1), Buffer.of(0)),
  );
  for (const tag of [1, 2, 3, 4, 5]) expect(await checked.result(tag)).toBe('SCARD_S_SUCCESS');
  checked.send(frame(4, 6, u32(2), Buffer.of(2, 3, 1)), frame(3, 7, u32(1), Buffer.of(0)), frame(99, 8));
  expect(await checked.result(7)).toBe('SCARD_S_SUCCESS');
  pcsc.script('result SCardEstablishContext 8010001D', 'result SCardGetStatusChange 8010001D');
  const told = (service: string): boolean =>
    checked.frames.some(one => one.kind === 'service' && one.service === service);
  await eventually(() => told('stopped'));
  pcsc.script(card);
  pcsc.touchSocket();
  checked.send(frame(2, 9, u32(9), shared, reader));
  expect(await checked.result(9)).toBe('SCARD_S_SUCCESS');
  checked.process.endInput();
  expect([await checked.process.ended, checked.process.errors()]).toEqual([0, '']);
});
