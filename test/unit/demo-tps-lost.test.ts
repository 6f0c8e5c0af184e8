import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { losses, type Token, type TokenCertificate } from '../../demo/tps/tokens.js';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { converse } from '../support/demo-tps/client.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const enroll = 1;
const resetPin = 3;
const format = 5;

const options = { keyBits: 1024, appletBlocks: 1 } as const;
let tps: DemoTps;
let cards = 0;

beforeAll(async () => {
  tps = await startTps(options);
});
afterAll(() => tps.close());

async function code(server: DemoTps, card: VirtualCard, operation: number): Promise<number | undefined> {
  return (await converse({ url: server.url, card, operation })).end?.code;
}

async function newBadge(server: DemoTps): Promise<VirtualCard> {
  const card = new VirtualCard({ number: (cards += 1) });
  for (const operation of [format, enroll]) expect(await code(server, card, operation)).toBe(0);
  return card;
}

/** The next card of the user whose card was lost. */
async function nextBadge(server: DemoTps): Promise<VirtualCard> {
  const card = new VirtualCard({ number: (cards += 1) });
  expect(await code(server, card, format)).toBe(0);
  server.give(toHex(card.cuid), 'jsmith');
  expect(await code(server, card, enroll)).toBe(0);
  return card;
}

function report(server: DemoTps, card: VirtualCard, loss: (typeof losses)[number]): void {
  server.report(toHex(card.cuid), loss);
}

function tokenOf(server: DemoTps, card: VirtualCard): Token {
  const token = server.tokens.find(toHex(card.cuid));
  if (token === undefined) throw new Error('the server does not know the card');
  return token;
}

/** Signing, then encryption. */
function certificatesOf(server: DemoTps, card: VirtualCard): readonly TokenCertificate[] {
  return tokenOf(server, card).certificates;
}

describe.each([
  { loss: 'DAMAGED', old: ['revoked', 'active'], isRecovered: true },
  { loss: 'PERM_LOST', old: ['revoked', 'revoked'], isRecovered: false },
  { loss: 'SUSPENDED', old: ['on-hold', 'on-hold'], isRecovered: true },
] as const)('a card that is reported $loss', ({ loss, old, isRecovered }) => {
  let lost: VirtualCard;
  beforeAll(async () => {
    lost = await newBadge(tps);
    report(tps, lost, loss);
  });

  test('is neither enrolled, formatted nor given a new PIN', async () => {
    expect(await code(tps, lost, enroll)).toBe(26);
    expect(await code(tps, lost, format)).toBe(26);
    expect(await code(tps, lost, resetPin)).toBe(27);
    expect(tokenOf(tps, lost).state).toBe(loss);
  });

  test('has its certificates revoked as the loss asks for', () => {
    expect(certificatesOf(tps, lost).map(({ status }) => status)).toEqual(old);
  });

  test('is replaced by a card with a new signing key and the encryption key that the loss asks for', async () => {
    const archived = tps.tokens.archivedKeys().length;
    const card = await nextBadge(tps);
    const next = certificatesOf(tps, card);
    // Nothing is recovered for who has an active card, as the next of these cases has to begin.
    report(tps, card, 'PERM_LOST');
    const before = certificatesOf(tps, lost);
    expect(next.map(({ use, status }) => [use, status])).toEqual([
      ['signing', 'active'],
      ['encryption', 'active'],
    ]);
    expect(next[0]?.serial).not.toBe(before[0]?.serial);
    expect(next[1]?.serial === before[1]?.serial).toBe(isRecovered);
    expect(tps.tokens.archivedKeys()).toHaveLength(archived + (isRecovered ? 0 : 1));
  });
});

test('what was recovered is recovered again when that card is destroyed too', async () => {
  const server = await startTps(options);
  const first = await newBadge(server);
  report(server, first, 'DAMAGED');
  const second = await nextBadge(server);
  report(server, second, 'DAMAGED');
  const third = await nextBadge(server);
  expect(certificatesOf(server, third)[1]?.serial).toBe(certificatesOf(server, first)[1]?.serial);
  await server.close();
});

test('a server that is set up so makes a new key and gives the old one back beside it, and later the newer one', async () => {
  const server = await startTps({ ...options, destroyedScheme: 'GenerateNewKeyAndRecoverLast' });
  const first = await newBadge(server);
  report(server, first, 'DAMAGED');
  const second = await nextBadge(server);
  const [, lost] = certificatesOf(server, first);
  const [signing, made, recovered, ...more] = certificatesOf(server, second);
  expect([signing, made, recovered].map(record => [record?.use, record?.status])).toEqual([
    ['signing', 'active'],
    ['encryption', 'active'],
    ['encryption', 'active'],
  ]);
  expect(more).toEqual([]);
  expect(recovered).toEqual(lost);
  expect(server.tokens.archivedKeys().map(({ serial }) => serial)).toEqual([lost?.serial, made?.serial]);
  report(server, second, 'DAMAGED');
  const third = await nextBadge(server);
  expect(certificatesOf(server, third).at(-1)).toEqual(made);
  await server.close();
});

test('a card that nobody gave to the user gets new keys, and a format takes back what was given', async () => {
  const server = await startTps(options);
  const first = await newBadge(server);
  report(server, first, 'DAMAGED');
  const next = new VirtualCard({ number: (cards += 1) });
  expect(() => server.give(toHex(next.cuid), 'jsmith')).toThrow('not formatted');
  expect(await code(server, next, format)).toBe(0);
  server.give(toHex(next.cuid), 'jsmith');
  for (const operation of [format, enroll]) expect(await code(server, next, operation)).toBe(0);
  expect(certificatesOf(server, next)[1]?.serial).not.toBe(certificatesOf(server, first)[1]?.serial);
  await server.close();
});

test('nothing is recovered while the user has another active card', async () => {
  const server = await startTps(options);
  const first = await newBadge(server);
  await newBadge(server);
  report(server, first, 'DAMAGED');
  const third = await nextBadge(server);
  expect(certificatesOf(server, third)[1]?.serial).not.toBe(certificatesOf(server, first)[1]?.serial);
  await server.close();
});

test('a key that was never archived cannot be recovered', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-tps-lost-'));
  const stateFile = join(folder, 'state.json');
  const onCard = await startTps({ ...options, stateFile, serverSideEncryptionKey: false });
  report(onCard, await newBadge(onCard), 'DAMAGED');
  await onCard.close();

  const server = await startTps({ ...options, stateFile });
  const card = new VirtualCard({ number: (cards += 1) });
  expect(await code(server, card, format)).toBe(0);
  server.give(toHex(card.cuid), 'jsmith');
  expect(await code(server, card, enroll)).toBe(37);
  await server.close();
  await rm(folder, { recursive: true });
});

test('only an active card can be reported', async () => {
  const card = new VirtualCard({ number: (cards += 1) });
  expect(await code(tps, card, format)).toBe(0);
  expect(() => report(tps, card, 'PERM_LOST')).toThrow('not active');
});
