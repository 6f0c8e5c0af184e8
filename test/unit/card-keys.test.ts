/** PIN and keys of a CoolKey card, by the applet of the demo's card; what that cannot have comes from a card made up. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { VirtualCard, type VirtualCardOptions } from '../../demo/card/virtual-card.js';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { readCard, readContents, type CardContents } from '../../src/card/card-report.js';
import type { CardChannel } from '../../src/card/channel.js';
import { changePin, CoolKeyUser, triesLeft } from '../../src/card/coolkey-user.js';
import { checkKeys, type KeyCheck } from '../../src/card/key-check.js';
import { appletAid, ascii, CardHost } from '../support/card-host.js';
import { ecCertificate } from '../support/card/certificates.js';
import { encodeCombined, encodeObject } from '../support/card/combined.js';
import { cplcAnswer, enrolledStatus, FakeCard } from '../support/card/fake-card.js';

const pin = new TextEncoder().encode('1234');
const wrongPin = new TextEncoder().encode('4321');
const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));

/** A card and everything that was sent to it. */
class Recorded implements CardChannel {
  public readonly sent: string[] = [];
  public readonly card: VirtualCard;
  public readonly host: CardHost;

  public constructor(options?: VirtualCardOptions) {
    this.card = new VirtualCard(options);
    this.host = new CardHost(apdu => this.card.process(apdu));
  }

  public transmit(command: Uint8Array): Promise<Uint8Array> {
    this.sent.push(toHex(command));
    return this.card.process(command);
  }
}

async function withPin(options?: VirtualCardOptions): Promise<Recorded> {
  const channel = new Recorded(options);
  await channel.host.format();
  await channel.host.must('400003', ascii('1234'));
  return channel;
}

async function contentsOf(channel: CardChannel): Promise<CardContents> {
  return readContents(channel, await readCard(channel));
}

async function check(channel: CardChannel, { keys }: Pick<CardContents, 'keys'>): Promise<KeyCheck[]> {
  const user = await CoolKeyUser.logIn(channel, pin);
  try {
    return await checkKeys(user, keys, random, () => undefined);
  } finally {
    await user.logOut();
  }
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error('it did not fail');
}

describe('the tries left', () => {
  test('are told before, and are fewer after each wrong PIN', async () => {
    const card = await withPin();
    expect(await triesLeft(card)).toBe(3);
    expect(await failureOf(CoolKeyUser.logIn(card, wrongPin))).toMatchObject({
      code: 'pin-wrong',
      facts: { result: '9C02', step: 'VERIFY PIN' },
    });
    expect(await triesLeft(card)).toBe(2);
    await CoolKeyUser.logIn(card, pin);
    expect(await triesLeft(card)).toBe(3);
  });

  test('at 0 the PIN is blocked, also the right one, and also for a change', async () => {
    const card = await withPin();
    for (let i = 0; i < 3; i += 1) await failureOf(CoolKeyUser.logIn(card, wrongPin));
    expect(await triesLeft(card)).toBe(0);
    for (const work of [CoolKeyUser.logIn(card, pin), changePin(card, pin, wrongPin)])
      expect(await failureOf(work)).toMatchObject({ code: 'pin-blocked', facts: { triesLeft: 0 } });
  });

  test('are unknown of an applet that does not know the command', async () => {
    expect(await triesLeft(await withPin({ build: '50000000' }))).toBeUndefined();
  });
});

describe('a change of the PIN', () => {
  test('makes the new one the only one, and ends the login', async () => {
    const card = await withPin();
    await CoolKeyUser.logIn(card, pin);
    await changePin(card, pin, wrongPin);
    expect((await card.host.send('B03C000010')).slice(28, 32)).toBe('0000');
    expect((await failureOf(CoolKeyUser.logIn(card, pin))).code).toBe('pin-wrong');
    await CoolKeyUser.logIn(card, wrongPin);
  });

  test('by a wrong one fails and costs a try', async () => {
    const card = await withPin();
    expect(await failureOf(changePin(card, wrongPin, pin))).toMatchObject({
      code: 'pin-wrong',
      facts: { step: 'CHANGE PIN' },
    });
    expect(await triesLeft(card)).toBe(2);
  });
});

test('a PIN does not stay in the command that carried it', async () => {
  const kept: Uint8Array[] = [];
  const channel: CardChannel = {
    transmit: command => {
      kept.push(command);
      return Promise.resolve(fromHex('00112233445566779000'));
    },
  };
  await CoolKeyUser.logIn(channel, pin);
  await changePin(channel, pin, wrongPin);
  expect(kept.map(toHex)).toEqual(['00'.repeat(9), '00'.repeat(15)]);
});

describe.each([1024, 2048])('an enrolled card of %i bit', bits => {
  let card: Recorded;
  let contents: CardContents;
  beforeAll(async () => {
    card = new Recorded();
    await card.host.enroll(bits, '1234');
    contents = await contentsOf(card);
  });

  test('tells of each key its number, use, type, size and certificate', () => {
    const [signing, encryption] = contents.certificates;
    expect(contents.keys).toEqual([
      { number: 2, kind: 'rsa', bits, uses: ['sign', 'sign-recover'], certificate: signing },
      { number: 4, kind: 'rsa', bits, uses: ['decrypt', 'unwrap'], certificate: encryption },
    ]);
  });

  test('signs with the one key and decrypts with the other, and is logged out then', async () => {
    await card.host.select(appletAid);
    card.sent.length = 0;
    expect(await check(card, contents)).toEqual([
      { number: 2, kind: 'rsa', bits, label: 'signing key for jsmith', job: 'sign', result: 'works' },
      { number: 4, kind: 'rsa', bits, label: 'encryption key for jsmith', job: 'decrypt', result: 'works' },
    ]);
    expect(card.sent.at(-1)).toMatch(/^B061000008/);
    expect((await card.host.send('B03C000010')).slice(28, 32)).toBe('0000');
    // Blocks of a 2048 bit key go through the I/O buffer.
    expect(card.sent.some(command => command.startsWith('B0540000'))).toBe(bits === 2048);
  });

  test('gives a wrong result where the certificates are those of other keys', async () => {
    const [first, second] = contents.keys;
    if (first?.certificate === undefined || second?.certificate === undefined) throw new Error('no keys');
    const keys = [
      { ...first, certificate: second.certificate },
      { ...second, certificate: first.certificate },
    ];
    const results = (await check(card, { ...contents, keys })).map(({ result }) => result);
    // A block above the other modulus is refused.
    for (const result of results) expect(['wrong', 'refused']).toContain(result);
    expect(results).toHaveLength(2);
  });

  test('is asked for no key without a certificate, a use, or an RSA key of a sane size', async () => {
    const [key] = contents.keys;
    if (key === undefined) throw new Error('no key');
    const { number, kind, uses } = key;
    const keys = [
      { number, kind, bits, uses },
      { ...key, uses: [] },
      { ...key, bits: 16384 },
    ];
    expect((await check(card, { ...contents, keys })).map(({ result, why }) => [result, why])).toEqual([
      ['untested', 'certificate'],
      ['untested', 'use'],
      ['untested', 'kind'],
    ]);
  });

  test('that lost a key refuses, with the status word', async () => {
    const lost = contents.keys.slice(0, 1).map(key => ({ ...key, number: 20 }));
    const [result] = await check(card, { ...contents, keys: lost });
    expect(result).toMatchObject({ result: 'refused', failure: { facts: { result: '9C10' } } });
  });
});

test('EC keys are shown, and said not to be testable on such a card', async () => {
  const combined = encodeCombined({
    objects: [
      encodeObject('c1', 0x91, [
        [0x03, new TextEncoder().encode('EC signing')],
        [0x11, ecCertificate],
      ]),
      encodeObject('k2', 0x1301b1, [[0x100, 3]]),
    ],
  });
  const card = new FakeCard({
    cplc: cplcAnswer,
    applet: {
      lifeCycle: '0F010101',
      buildId: '58768072',
      status: enrolledStatus,
      objects: new Map([['7A300000', combined]]),
    },
  });
  const contents = await contentsOf(card);
  const [certificate] = contents.certificates;
  expect(certificate?.label).toBe('EC signing');
  expect(contents.keys).toEqual([
    { number: 2, kind: 'ec', bits: 256, uses: ['sign', 'sign-recover'], certificate },
  ]);
  const before = card.sent.length;
  const login: CardChannel = { transmit: () => Promise.resolve(fromHex('00112233445566779000')) };
  expect(await check(login, contents)).toEqual([
    { number: 2, kind: 'ec', bits: 256, label: 'EC signing', result: 'untested', why: 'kind' },
  ]);
  expect(card.sent).toHaveLength(before);
});
