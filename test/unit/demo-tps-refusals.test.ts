import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { developerKeys } from '../../demo/scp01.js';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { commandsIn, converse, type TestCard, type TestOutcome } from '../support/demo-tps/client.js';
import {
  before,
  enroll,
  format,
  refuse,
  refusedSteps,
  resetPin,
  stateOf,
} from '../support/demo-tps/refused-steps.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Fewer than the 75 of the real applet, to save time. */
const appletBlocks = 3;
const realAppletBlocks = 75;

let tps: DemoTps;
let cards = 0;

beforeAll(async () => {
  tps = await startTps({ keyBits: 1024, appletBlocks });
});

afterAll(() => tps.close());

function newCard(): VirtualCard {
  cards += 1;
  return new VirtualCard({ number: cards });
}

async function run(card: TestCard, operation: number): Promise<TestOutcome> {
  return converse({ url: tps.url, card, operation });
}

async function prepare(card: TestCard, operations: readonly number[]): Promise<void> {
  for (const operation of operations)
    expect((await run(card, operation)).end).toEqual({ result: 0, code: 0 });
}

/** The commands, counted as if the applet had as many blocks as the real one where it came to its end. */
function realCount(received: TestOutcome['received']): number {
  const commands = commandsIn(received);
  const loads = commands.filter(([, ins, p1]) => ins === 0xe8 && p1 === 0x80).length;
  return commands.length + loads * (realAppletBlocks - appletBlocks);
}

describe('the card refuses', () => {
  test.each(refusedSteps)('$name in operation $operation: END_OP $code', async one => {
    const card = newCard();
    await prepare(card, before[one.operation] ?? []);
    card.setFaults(one.faults);
    const { end, received } = await run(card, one.operation);
    card.setFaults([]);
    expect(end).toEqual({ result: one.code === 0 ? 0 : 1, code: one.code });
    if (one.commands !== undefined) expect(realCount(received)).toBe(one.commands);
    expect(await stateOf(card)).toBe(one.after);
  });

  test('an answer to DELETE is not looked at', async () => {
    const card = newCard();
    await prepare(card, [format]);
    const { end, received } = await run(
      {
        process: async apdu => {
          const answer = await card.process(apdu);
          return apdu[1] === 0xe4 ? Uint8Array.of(0x69, 0x85) : answer;
        },
      },
      format,
    );
    expect(end).toEqual({ result: 0, code: 0 });
    expect(realCount(received)).toBe(100);
  });

  test('a card that keeps no applet enrols after format, whatever refused', async () => {
    const card = newCard();
    card.setFaults([refuse('LOAD', 0x6581, 2)]);
    expect((await run(card, format)).end).toEqual({ result: 1, code: 19 });
    card.setFaults([]);
    await prepare(card, [format, enroll]);
    expect(await stateOf(card)).toBe('0F01');
  });

  test.each([format, enroll])('keys that are not the server’s, operation %i: END_OP 17', async operation => {
    const card = newCard();
    await prepare(card, [format]);
    const otherKey = developerKeys.enc.map(byte => byte ^ 0x10);
    const stranger = new VirtualCard({ keys: { enc: otherKey, mac: otherKey, kek: otherKey } });
    const { end, received } = await run(
      { process: apdu => (apdu[1] === 0x50 ? stranger : card).process(apdu) },
      operation,
    );
    expect(end).toEqual({ result: 1, code: 17 });
    expect(commandsIn(received)).toHaveLength(14);
  });

  test('a proof that is not made with the new key: END_OP 7 and a formatted card', async () => {
    const card = newCard();
    await prepare(card, [format]);
    let reading = false;
    const forger: TestCard = {
      process: async apdu => {
        const answer = await card.process(apdu);
        const isKey = apdu[1] === 0x56 && !reading;
        reading ||= apdu[1] === 0x56;
        return isKey ? answer.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) : answer;
      },
    };
    const { end } = await run(forger, enroll);
    expect(end).toEqual({ result: 1, code: 7 });
    expect(await stateOf(card)).toBe('0700');
    expect(tps.tokens.find(toHex(card.cuid))?.state).toBe('FORMATTED');
  });
});

describe('cards that the server does not expect', () => {
  test('blank and unknown: END_OP 7, then 1; format and enrol help', async () => {
    const card = newCard();
    expect((await run(card, enroll)).end).toEqual({ result: 1, code: 7 });
    expect((await run(card, enroll)).end).toEqual({ result: 1, code: 1 });
    await prepare(card, [format, enroll]);
    expect(await stateOf(card)).toBe('0F01');
  });

  test('blank and known: the connection ends without END_OP', async () => {
    const card = newCard();
    await prepare(card, [format]);
    const blank = new VirtualCard({ number: card.number });
    expect((await run(blank, enroll)).end).toBeUndefined();
    await prepare(blank, [format, enroll]);
  });

  test('personalized and unknown: success, yet the life cycle ends at 07', async () => {
    const card = newCard();
    await prepare(card, [format, enroll]);
    const other = await startTps({ keyBits: 1024, appletBlocks });
    const { end } = await converse({ url: other.url, card, operation: enroll });
    await other.close();
    expect(end).toEqual({ result: 0, code: 0 });
    expect(await stateOf(card)).toBe('0701');
  });

  test('other key sizes on the card: END_OP 7 and a formatted card', async () => {
    const card = newCard();
    await prepare(card, [format, enroll]);
    const other = await startTps({ keyBits: 2048, appletBlocks: 2 });
    // The other server has to know the card: it formats a blank one with the same CUID.
    const twin = new VirtualCard({ number: card.number });
    await converse({ url: other.url, card: twin, operation: format });
    const { end } = await converse({ url: other.url, card, operation: enroll });
    await other.close();
    expect(end).toEqual({ result: 1, code: 7 });
    expect(await stateOf(card)).toBe('0700');
  });

  test('a first format that was cut off leaves it unformatted: enrolling gives 26', async () => {
    const card = newCard();
    const { end } = await converse({
      url: tps.url,
      card,
      operation: format,
      hangUpAt: message => message.type === 'pdu-request' && message.pdu[1] === 0xf4,
    });
    expect(end).toBeUndefined();
    expect(tps.tokens.find(toHex(card.cuid))?.state).toBe('UNFORMATTED');
    expect((await run(card, enroll)).end).toEqual({ result: 1, code: 26 });
    await prepare(card, [format, enroll]);
  });
});

describe('rules of the server', () => {
  test.each([
    [resetPin, [], 1, 'an unknown card'],
    [resetPin, [format], 27, 'a card that is not active'],
  ])('operation %i: END_OP for %s', async (operation, operations, code) => {
    const card = newCard();
    await prepare(card, operations);
    expect((await run(card, operation)).end).toEqual({ result: 1, code });
  });

  test.each([
    ['jsmith', 'wrong'],
    ['nobody', 'secret'],
    ['jsmith', 'geheim'],
  ])('%s with the password %s: END_OP 14', async (userId, password) => {
    for (const extensions of [new Map([['tokenType', 'userKey']]), undefined]) {
      const { end } = await converse({
        url: tps.url,
        card: newCard(),
        operation: format,
        userId,
        password,
        ...(extensions === undefined ? {} : { extensions }),
      });
      expect(end).toEqual({ result: 1, code: 14 });
    }
  });

  test.each(['abc', 'abcdefghijk'])('a PIN of unsuitable length (%s): END_OP 1', async pin => {
    const card = newCard();
    await prepare(card, [format]);
    const { end } = await converse({ url: tps.url, card, operation: enroll, pin });
    expect(end).toEqual({ result: 1, code: 1 });
  });

  test.each([2, 4])('operation %i is not done: result 1, message 0', async operation => {
    expect((await run(newCard(), operation)).end).toEqual({ result: 1, code: 0 });
  });

  test('an unknown operation is an enrolment', async () => {
    const card = newCard();
    await prepare(card, [format]);
    const { end, received } = await run(card, 9);
    expect(end).toEqual({ result: 0, code: 0 });
    expect(received.at(-1)).toMatchObject({ operation: 1 });
  });

  test('one active card a person, where that is wanted: END_OP 34', async () => {
    const strict = await startTps({ keyBits: 1024, appletBlocks: 2, oneActiveTokenPerUser: true });
    const first = newCard();
    const second = newCard();
    for (const card of [first, second]) await converse({ url: strict.url, card, operation: format });
    const codes = [];
    for (const card of [first, second, first])
      codes.push((await converse({ url: strict.url, card, operation: enroll })).end?.code);
    await strict.close();
    expect(codes).toEqual([0, 34, 0]);
  });
});
