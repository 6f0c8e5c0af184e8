import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import type { TpsMessage } from '../../src/protocol/message.js';
import { commandName } from '../../src/card/command-name.js';
import { VirtualCard, type VirtualCardOptions } from '../../demo/card/virtual-card.js';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { converse, type TestCard, type TestOperation } from '../support/demo-tps/client.js';
import { transcripts, type Transcript } from '../support/protocol/transcripts.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const enroll = 1;
const format = 5;

const servers = new Map<1024 | 2048, DemoTps>();

beforeAll(async () => {
  for (const keyBits of [1024, 2048] as const) servers.set(keyBits, await startTps({ keyBits }));
});

afterAll(async () => {
  await Promise.all([...servers.values()].map(server => server.close()));
});

interface Situation {
  /** Operations that the card goes through before the recorded one. */
  readonly before: readonly number[];
  /** That was with another server, so that this one does not know the card. */
  readonly elsewhere?: boolean;
  readonly card?: VirtualCardOptions;
  /** As Dogtag's tpsclient, the card answers to GET DATA whatever is asked. */
  readonly talkative?: boolean;
}

const olderApplet: VirtualCardOptions = { build: '58755637' };

const situations: Record<string, Situation> = {
  'real-applet/format-new': { before: [] },
  'real-applet/format-known': { before: [format] },
  'real-applet/enroll-1024': { before: [format] },
  'real-applet/enroll-2048': { before: [format] },
  'real-applet/enroll-upgrade': { before: [format], card: olderApplet },
  'real-applet/reenroll-1024': { before: [format, enroll] },
  'real-applet/reenroll-2048': { before: [format, enroll] },
  'real-applet/reset_pin': { before: [format, enroll] },
  'esc-format': { before: [format], talkative: true },
  'esc-enroll': { before: [format], card: olderApplet, talkative: true },
  'esc-reset_pin': { before: [format, enroll], talkative: true },
  format: { before: [format], talkative: true },
  enroll: { before: [format], card: olderApplet, talkative: true },
  reset_pin: { before: [format, enroll], talkative: true },
  'error-wrong-password': { before: [format], talkative: true },
  'error-reset_pin-unknown-token': { before: [], talkative: true },
  'enroll-tpsclient-hangs-up': { before: [format], elsewhere: true, talkative: true },
};

function whimsical(card: VirtualCard): TestCard {
  return {
    process: apdu => {
      const header = toHex(apdu.subarray(0, 4));
      const asksForKeys = header === '80CA0066' || header === '80CA00E0';
      return card.process(asksForKeys ? Uint8Array.of(0x80, 0xca, 0x9f, 0x7f, 0x2d) : apdu);
    },
  };
}

/** How the recorded client began, logged in and chose a PIN. */
function recordedClient({
  client,
}: Transcript): Pick<TestOperation, 'operation' | 'extensions' | 'userId' | 'password' | 'pin'> {
  const [begin] = client.messages;
  if (begin?.type !== 'begin-op') throw new Error('a recording that does not begin');
  const { operation, extensions } = begin;
  let found = { operation, extensions } as ReturnType<typeof recordedClient>;
  for (const message of client.messages) {
    if (message.type === 'login-response')
      found = { ...found, userId: message.screenName, password: message.password };
    if (message.type === 'extended-login-response')
      found = {
        ...found,
        userId: message.answers.get('UID') ?? '',
        password: message.answers.get('PASSWORD') ?? '',
      };
    if (message.type === 'new-pin-response') found = { ...found, pin: message.pin };
  }
  return found;
}

/** A command without what is random or depends on the size of certificates. */
function shapeOf(pdu: Uint8Array): string {
  const name = commandName(pdu);
  if (pdu[0] !== 0x84 && name !== 'INITIALIZE UPDATE') return `${name} ${toHex(pdu)}`;
  return `${name} ${toHex(pdu.subarray(0, name === 'WRITE OBJECT' ? 4 : 5))}`;
}

/**
 * Everything the server said, in its order. Pieces of one object count as one: how many there are
 * depends on the certificates.
 */
function shapesOf(messages: readonly TpsMessage[]): unknown[] {
  const shapes: unknown[] = [];
  for (const message of messages) {
    const shape = message.type === 'pdu-request' ? shapeOf(message.pdu) : message;
    const isPiece = typeof shape === 'string' && /^(READ|WRITE) OBJECT/.test(shape);
    if (!isPiece || shape !== shapes.at(-1)) shapes.push(shape);
  }
  return shapes;
}

const recordings = transcripts();

test('every recorded conversation has its situation here', () => {
  expect(recordings.map(({ name }) => name).sort()).toEqual(Object.keys(situations).sort());
});

test.each(recordings.map(recording => [recording.name, recording] as const))(
  'the order of messages and commands is the recorded one: %s',
  async (name, recording) => {
    const situation = situations[name];
    const server = servers.get(name.includes('2048') ? 2048 : 1024);
    const earlier = situation?.elsewhere === true ? servers.get(2048) : server;
    if (situation === undefined || server === undefined || earlier === undefined)
      throw new Error(`no situation for ${name}`);
    const number = 1 + recordings.indexOf(recording);
    const virtualCard = new VirtualCard({ number, ...situation.card });
    const card = situation.talkative === true ? whimsical(virtualCard) : virtualCard;
    for (const operation of situation.before) {
      const { end } = await converse({ url: earlier.url, card, operation });
      expect(end).toEqual({ result: 0, code: 0 });
    }

    const { received } = await converse({ url: server.url, card, ...recordedClient(recording) });
    const recorded = shapesOf(recording.server.messages);
    const shapes = shapesOf(received);
    expect(shapes.slice(0, recorded.length)).toEqual(recorded);
    if (name !== 'enroll-tpsclient-hangs-up') expect(shapes).toHaveLength(recorded.length);
  },
);
