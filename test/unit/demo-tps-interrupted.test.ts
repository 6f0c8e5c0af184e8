import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import type { TpsMessage } from '../../src/protocol/message.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { converse, type TestOutcome } from '../support/demo-tps/client.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const enroll = 1;
const format = 5;

let tps: DemoTps;

beforeAll(async () => {
  tps = await startTps({ keyBits: 1024, appletBlocks: 4 });
});

afterAll(() => tps.close());

interface Interruption {
  readonly where: string;
  readonly number: number;
  readonly before: readonly number[];
  readonly operation: number;
  /** Hangs up instead of answering this command, by INS, the given time it comes. */
  readonly ins: number;
  readonly occurrence: number;
  readonly state: 'FORMATTED' | 'ACTIVE';
  /** END_OP's message of the next enrolment; undefined: the connection ends without it. */
  readonly next: number | undefined;
}

const interruptions: readonly Interruption[] = [
  {
    where: 'in LOAD',
    number: 1,
    before: [format],
    operation: format,
    ins: 0xe8,
    occurrence: 3,
    state: 'FORMATTED',
    next: undefined,
  },
  {
    where: 'before SET PIN',
    number: 2,
    before: [format],
    operation: enroll,
    ins: 0x04,
    occurrence: 1,
    state: 'FORMATTED',
    next: 0,
  },
  {
    where: 'before the key is read',
    number: 3,
    before: [format],
    operation: enroll,
    ins: 0x56,
    occurrence: 1,
    state: 'FORMATTED',
    next: 0,
  },
  {
    where: 'before IMPORT KEY',
    number: 4,
    before: [format],
    operation: enroll,
    ins: 0x0a,
    occurrence: 1,
    state: 'FORMATTED',
    next: 1,
  },
  {
    where: 'z0 created',
    number: 5,
    before: [format],
    operation: enroll,
    ins: 0x54,
    occurrence: 6,
    state: 'FORMATTED',
    next: 8,
  },
  {
    where: 'z0 half written',
    number: 6,
    before: [format],
    operation: enroll,
    ins: 0x54,
    occurrence: 8,
    state: 'FORMATTED',
    next: 8,
  },
  {
    where: 'before SET LIFECYCLE',
    number: 7,
    before: [format],
    operation: enroll,
    ins: 0xf0,
    occurrence: 1,
    state: 'FORMATTED',
    next: 0,
  },
  {
    where: 'before CLEAR KEY SLOTS',
    number: 8,
    before: [format],
    operation: enroll,
    ins: 0x55,
    occurrence: 1,
    state: 'ACTIVE',
    next: 0,
  },
  {
    where: 're-enrolment, z0 half written',
    number: 9,
    before: [format, enroll],
    operation: enroll,
    ins: 0x54,
    occurrence: 8,
    state: 'ACTIVE',
    next: 8,
  },
];

function stopAt(ins: number, occurrence: number): (message: TpsMessage) => boolean {
  let seen = 0;
  return message => {
    if (message.type === 'pdu-request' && message.pdu[1] === ins) seen += 1;
    return seen === occurrence;
  };
}

test.each(interruptions)('the connection is lost $where; the next enrolment: $next', async one => {
  const card = new VirtualCard({ number: one.number });
  const run = async (operation: number, hangUpAt?: (message: TpsMessage) => boolean): Promise<TestOutcome> =>
    converse({ url: tps.url, card, operation, ...(hangUpAt === undefined ? {} : { hangUpAt }) });
  for (const operation of one.before) expect((await run(operation)).end?.code).toBe(0);

  const { end } = await run(one.operation, stopAt(one.ins, one.occurrence));
  expect(end).toBeUndefined();
  expect(tps.tokens.find(toHex(card.cuid))?.state).toBe(one.state);
  expect((await run(enroll)).end?.code).toBe(one.next);

  expect((await run(format)).end?.code).toBe(0);
  expect((await run(enroll)).end?.code).toBe(0);
});
