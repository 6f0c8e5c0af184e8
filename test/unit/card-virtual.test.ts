import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from '../../src/card/apdu.js';
import { readCard, readContents } from '../../src/card/card-report.js';
import type { CardSummary } from '../../src/card/card-report.js';
import type { CardChannel } from '../../src/card/channel.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { startTps } from '../../demo/tps/tps.js';
import type { DemoTps } from '../../demo/tps/tps.js';
import type { TpsMessage } from '../../src/protocol/message.js';
import { converse } from '../support/demo-tps/client.js';

/** What is read of a card that a TPS formats, enrolls, or leaves half-way. */

const enroll = 1;
const format = 5;
let tps: DemoTps;

beforeAll(async () => {
  tps = await startTps({ keyBits: 1024, appletBlocks: 4 });
});

afterAll(() => tps.close());

function channelTo(card: VirtualCard, protocol: 'T=0' | 'T=1'): CardChannel & { commands: number } {
  return {
    protocol,
    commands: 0,
    transmit(command) {
      this.commands += 1;
      return card.process(command);
    },
  };
}

async function operate(
  card: VirtualCard,
  channel: CardChannel,
  operation: number,
  stop?: Stop,
): Promise<void> {
  let seen = 0;
  const hangUpAt = (message: TpsMessage): boolean => {
    if (message.type === 'pdu-request' && message.pdu[1] === stop?.ins) seen += 1;
    return seen > 0 && seen === stop?.occurrence;
  };
  const relaying = { process: (apdu: Uint8Array) => exchange(channel, apdu) };
  const { end } = await converse({ url: tps.url, card: relaying, operation, hangUpAt });
  expect(end?.code, `card ${card.number}`).toBe(stop === undefined ? 0 : undefined);
}

/** The command, by INS and the how manieth of its kind, that is not answered any more. */
interface Stop {
  readonly ins: number;
  readonly occurrence: number;
}

describe.each(['T=0', 'T=1'] as const)('in the manner of %s', protocol => {
  test('blank, formatted, enrolled', async () => {
    const card = new VirtualCard({ number: protocol === 'T=0' ? 101 : 102, manner: protocol });
    const channel = channelTo(card, protocol);
    expect(await readCard(channel)).toMatchObject({ kind: 'blank', status: 'NO_APPLET', cuid: card.cuid });

    await operate(card, channel, format);
    expect(await readCard(channel)).toMatchObject({
      kind: 'coolkey',
      status: 'UNINITIALIZED',
      unfinished: false,
      appletVersion: '1.4.58768072',
      lifeCycle: 7,
      cuid: card.cuid,
    });

    await operate(card, channel, enroll);
    channel.commands = 0;
    const summary = await readCard(channel);
    if (protocol === 'T=1') expect(channel.commands).toBeLessThanOrEqual(9);
    expect(summary).toMatchObject({ kind: 'coolkey', status: 'ENROLLED', unfinished: false, lifeCycle: 15 });
    expect(summary.issuerUrl).toMatch(/^http/);
    const contents = await readContents(channel, summary);
    expect(contents.notes).toEqual([]);
    expect(contents.unfinished).toBe(false);
    expect(contents.tokenName).toBe('jsmith');
    expect(contents.certificates.map(({ key }) => key)).toEqual([
      { kind: 'rsa', bits: 1024 },
      { kind: 'rsa', bits: 1024 },
    ]);
    expect(contents.keys.map(({ number, uses }) => [number, uses[0]])).toEqual([
      [2, 'sign'],
      [4, 'decrypt'],
    ]);
  });
});

interface Interruption {
  readonly where: string;
  readonly number: number;
  readonly before: readonly number[];
  readonly operation: number;
  readonly stop: Stop;
  readonly status: CardSummary['status'];
  readonly unfinished: boolean;
}

const once = { operation: enroll, before: [format] };
const interruptions: readonly Interruption[] = [
  {
    where: 'in LOAD',
    number: 111,
    ...once,
    operation: format,
    stop: { ins: 0xe8, occurrence: 3 },
    status: 'NO_APPLET',
    unfinished: false,
  },
  {
    where: 'before SET PIN',
    number: 112,
    ...once,
    stop: { ins: 0x04, occurrence: 1 },
    status: 'UNINITIALIZED',
    unfinished: true,
  },
  {
    where: 'before the key is read',
    number: 113,
    ...once,
    stop: { ins: 0x56, occurrence: 1 },
    status: 'UNINITIALIZED',
    unfinished: true,
  },
  {
    where: 'before IMPORT KEY',
    number: 114,
    ...once,
    stop: { ins: 0x0a, occurrence: 1 },
    status: 'UNINITIALIZED',
    unfinished: true,
  },
  {
    where: 'with z0 created',
    number: 115,
    ...once,
    stop: { ins: 0x54, occurrence: 6 },
    status: 'UNINITIALIZED',
    unfinished: true,
  },
  {
    where: 'with z0 half written',
    number: 116,
    ...once,
    stop: { ins: 0x54, occurrence: 8 },
    status: 'UNINITIALIZED',
    unfinished: true,
  },
  {
    where: 'before SET LIFECYCLE',
    number: 117,
    ...once,
    stop: { ins: 0xf0, occurrence: 1 },
    status: 'UNINITIALIZED',
    unfinished: true,
  },
  {
    where: 'before CLEAR KEY SLOTS',
    number: 118,
    ...once,
    stop: { ins: 0x55, occurrence: 1 },
    status: 'ENROLLED',
    unfinished: false,
  },
  {
    where: 'in a re-enrolment, z0 half written',
    number: 119,
    ...once,
    before: [format, enroll],
    stop: { ins: 0x54, occurrence: 8 },
    status: 'ENROLLED',
    unfinished: true,
  },
];

test.each(interruptions)('cut off $where: $status, unfinished $unfinished', async one => {
  const card = new VirtualCard({ number: one.number });
  const channel = channelTo(card, 'T=1');
  for (const operation of one.before) await operate(card, channel, operation);
  await operate(card, channel, one.operation, one.stop);
  card.losePower();
  const summary = await readCard(channel);
  expect([summary.status, summary.unfinished]).toEqual([one.status, one.unfinished]);
  expect((await readContents(channel, summary)).unfinished).toBe(one.unfinished);

  await operate(card, channel, format);
  expect(await readCard(channel)).toMatchObject({ status: 'UNINITIALIZED', unfinished: false });
});
