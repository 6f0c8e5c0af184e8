import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import type { CommandName } from '../../src/card/command-name.js';
import type { FaultRule } from '../../demo/card/faults.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { developerKeys } from '../../demo/scp01.js';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { commandsIn, converse, type TestCard, type TestOutcome } from '../support/demo-tps/client.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const enroll = 1;
const resetPin = 3;
const format = 5;

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

/** Life cycle and whether there is a PIN: two bytes; or the status word of SELECT. */
async function stateOf(card: VirtualCard): Promise<string> {
  const selected = toHex(await card.process(fromHex('00A4040007627601FF000000')));
  if (selected !== '9000') return selected;
  return toHex(await card.process(fromHex('B0F2000004'))).slice(0, 4);
}

/** The commands, counted as if the applet had as many blocks as the real one where it came to its end. */
function realCount(received: TestOutcome['received']): number {
  const commands = commandsIn(received);
  const loads = commands.filter(([, ins, p1]) => ins === 0xe8 && p1 === 0x80).length;
  return commands.length + loads * (realAppletBlocks - appletBlocks);
}

function refuse(command: CommandName, statusWord: number, occurrence = 1): FaultRule {
  return { command, occurrence, fault: { kind: 'answer', statusWord } };
}

interface Case {
  readonly name: string;
  readonly operation: number;
  readonly faults: readonly FaultRule[];
  /** END_OP's message. */
  readonly code: number;
  /** How many commands a real TPS sent, with its 75 blocks. */
  readonly commands?: number;
  readonly after: string;
}

const before: Record<number, readonly number[]> = {
  [format]: [format],
  [enroll]: [format],
  [resetPin]: [format, enroll],
};

const cases: readonly Case[] = [
  {
    name: 'INSTALL for load',
    operation: format,
    faults: [refuse('INSTALL', 0x6a84)],
    code: 19,
    commands: 18,
    after: '6A82',
  },
  {
    name: 'a LOAD block',
    operation: format,
    faults: [refuse('LOAD', 0x6581, 2)],
    code: 19,
    commands: 20,
    after: '6A82',
  },
  {
    name: 'INSTALL for install',
    operation: format,
    faults: [refuse('INSTALL', 0x6a80, 2)],
    code: 19,
    commands: 94,
    after: '6A82',
  },
  {
    name: 'SET ISSUER INFO',
    operation: format,
    faults: [refuse('SET ISSUER INFO', 0x6700)],
    code: 19,
    commands: 98,
    after: '0700',
  },
  {
    name: 'INITIALIZE UPDATE',
    operation: format,
    faults: [refuse('INITIALIZE UPDATE', 0x6a88)],
    code: 17,
    commands: 14,
    after: '0700',
  },
  {
    name: 'EXTERNAL AUTHENTICATE',
    operation: format,
    faults: [refuse('EXTERNAL AUTHENTICATE', 0x6300)],
    code: 17,
    commands: 15,
    after: '0700',
  },
  {
    name: 'the second EXTERNAL AUTHENTICATE',
    operation: format,
    faults: [refuse('EXTERNAL AUTHENTICATE', 0x6982, 2)],
    code: 17,
    commands: 97,
    after: '0700',
  },
  {
    name: 'the key check',
    operation: format,
    faults: [refuse('INITIALIZE UPDATE', 0x6985, 3)],
    code: 17,
    commands: 99,
    after: '0700',
  },
  {
    name: 'SET PIN',
    operation: enroll,
    faults: [refuse('SET PIN', 0x9c0f)],
    code: 12,
    commands: 25,
    after: '0701',
  },
  {
    name: 'CREATE PIN where there is none',
    operation: enroll,
    faults: [refuse('CREATE PIN', 0x9c06)],
    code: 12,
    commands: 25,
    after: '0700',
  },
  {
    name: 'the MAC of SET PIN',
    operation: enroll,
    faults: [refuse('SET PIN', 0x6982)],
    code: 12,
    commands: 25,
    after: '0701',
  },
  {
    name: 'START ENROLL',
    operation: enroll,
    faults: [refuse('START ENROLL', 0x9c0d)],
    code: 7,
    commands: 125,
    after: '0700',
  },
  {
    name: 'the reading of the key',
    operation: enroll,
    faults: [refuse('READ OBJECT', 0x9c0f)],
    code: 7,
    commands: 126,
    after: '0700',
  },
  {
    name: 'CREATE OBJECT for the key',
    operation: enroll,
    faults: [refuse('CREATE OBJECT', 0x9c01)],
    code: 7,
    commands: 128,
    after: '0700',
  },
  {
    name: 'IMPORT KEY',
    operation: enroll,
    faults: [refuse('IMPORT KEY ENC', 0x9c20)],
    code: 7,
    commands: 133,
    after: '0700',
  },
  {
    name: 'CREATE OBJECT for z0',
    operation: enroll,
    faults: [refuse('CREATE OBJECT', 0x9c01, 2)],
    code: 7,
    commands: 38,
    after: '0701',
  },
  {
    name: 'the fifth WRITE OBJECT of z0',
    operation: enroll,
    faults: [refuse('WRITE OBJECT', 0x9c06, 9)],
    code: 8,
    commands: 43,
    after: '0701',
  },
  {
    name: 'SET LIFECYCLE',
    operation: enroll,
    faults: [refuse('SET LIFECYCLE', 0x9c0f)],
    code: 6,
    after: '0701',
  },
  {
    name: 'CLEAR KEY SLOTS',
    operation: enroll,
    faults: [refuse('CLEAR KEY SLOTS', 0x6d00)],
    code: 0,
    after: '0F01',
  },
  {
    name: 'SET PIN',
    operation: resetPin,
    faults: [refuse('SET PIN', 0x9c0f)],
    code: 12,
    commands: 23,
    after: '0F01',
  },
  {
    name: 'EXTERNAL AUTHENTICATE',
    operation: resetPin,
    faults: [refuse('EXTERNAL AUTHENTICATE', 0x6300)],
    code: 17,
    commands: 13,
    after: '0F01',
  },
  {
    name: 'SELECT',
    operation: resetPin,
    faults: [refuse('SELECT', 0x6a82)],
    code: 45,
    commands: 1,
    after: '0F01',
  },
];

describe('the card refuses', () => {
  test.each(cases)('$name in operation $operation: END_OP $code', async one => {
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
