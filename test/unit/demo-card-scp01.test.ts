import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex } from '../../src/base/bytes.js';
import {
  cbcMac,
  decryptCbc,
  developerKeys,
  diversifyVisa2,
  encryptCbc,
  initializeUpdate,
  keyCheckValue,
  maximumSecuredData,
  pad80,
  putKeyData,
  ScpCard,
  ScpHost,
  sessionKey,
  unwrapWithKek,
  wrapWithKek,
  type CardKeys,
  type Command,
} from '../../demo/scp01.js';

const vectors = resolve(import.meta.dirname, '../vectors');

interface LiveCommand {
  readonly name: string;
  readonly apdu: string;
  readonly plainData: string;
}
interface LiveChannel {
  readonly hostChallenge: string;
  readonly initUpdateResponse: string;
  readonly cardChallenge: string;
  readonly sessionKey: string;
  readonly cardCryptogram: string;
  readonly commands: readonly LiveCommand[];
}

function parseCommand(apdu: Uint8Array): Command {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, length = 0] = apdu;
  return { cla, ins, p1, p2, data: apdu.slice(5, 5 + length) };
}

function channel(
  keys: CardKeys,
  hostChallenge: Uint8Array,
  cardChallenge: Uint8Array,
): { host: ScpHost; card: ScpCard } {
  const identity = { diversificationData: fromHex('40906145C76200007777'), keyVersion: 1, keys };
  const card = new ScpCard(identity, hostChallenge, cardChallenge);
  const host = new ScpHost(keys, hostChallenge, concatBytes(card.answer, fromHex('9000')));
  return { host, card };
}

function openChannel(keys: CardKeys = developerKeys): { host: ScpHost; card: ScpCard } {
  const pair = channel(keys, fromHex('775762E45E23667D'), fromHex('BD6D19856E540FCD'));
  expect(pair.card.authenticate(parseCommand(pair.host.externalAuthenticate()))).toBe(true);
  return pair;
}

describe('the computed chain', () => {
  const text = readFileSync(resolve(vectors, 'scp01-computed.txt'), 'utf8');
  const value = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`no ${pattern.source} among the vectors`);
    return found;
  };
  const hostChallenge = fromHex('775762E45E23667D');
  const cardChallenge = fromHex('BD6D19856E540FCD');
  const vk2 = diversifyVisa2(fromHex('0123456789ABCDEFFEDCBA9876543210'), fromHex('A00192030405060708C9'));

  test('session key, cryptograms and key check value', () => {
    expect(toHex(sessionKey(developerKeys.enc, hostChallenge, cardChallenge))).toBe(
      value(/S-ENC=S-MAC (\w+)/),
    );
    const { card, host } = channel(developerKeys, hostChallenge, cardChallenge);
    expect(toHex(card.answer.subarray(20))).toBe(value(/card crypt (\w+)/));
    expect(toHex(host.externalAuthenticate())).toContain(value(/host crypt (\w+)/));
    expect(toHex(keyCheckValue(developerKeys.enc))).toBe(value(/kcv dev (\w+)/));
    const challenge = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(toHex(wrapWithKek(developerKeys.kek, challenge))).toBe(value(/wrapped challenge (\w+)/));
    expect(unwrapWithKek(developerKeys.kek, fromHex(value(/wrapped challenge (\w+)/)))).toEqual(challenge);
  });

  test('VISA2 diversification', () => {
    for (const [name, key] of [
      ['ENC', vk2.enc],
      ['MAC', vk2.mac],
      ['KEK', vk2.kek],
    ] as const) {
      expect(toHex(key)).toBe(value(new RegExp(`${name} kdc \\w+ key (\\w+)`)));
      expect(toHex(keyCheckValue(key))).toBe(value(new RegExp(`${name} kdc .* kcv (\\w+) kcv par`)));
    }
  });

  test('every secured command, wrapped by the host and unwrapped by the card', () => {
    const { host, card } = channel(developerKeys, hostChallenge, cardChallenge);
    const externalAuthenticate = host.externalAuthenticate();
    expect(toHex(externalAuthenticate)).toBe(value(/^EXT AUTH (\w+)/m));
    expect(card.authenticate(parseCommand(externalAuthenticate))).toBe(true);
    const newKeys = putKeyData(2, vk2, developerKeys.kek);
    expect(toHex(newKeys)).toBe(value(/PUT KEY data 67 (\w+)/));
    const ascii = (word: string): string => toHex(new TextEncoder().encode(word));
    const commands: readonly [RegExp, number, number, number, string][] = [
      [/^SET PIN (\w+)/m, 0x04, 0, 0, ascii('netscape')],
      [/^CREATE PIN (\w+)/m, 0x40, 0, 0x7f, ascii('password')],
      [/^LIFECYCLE (\w+)/m, 0xf0, 0x0f, 0, ''],
      [/^CREATE OBJ z0 len 0x0417 (\w+)/m, 0x5a, 0, 0, '7A30000000000417FFFF40004000'],
      [/k2\/k3 (\w+)/, 0x0c, 2, 3, `8008000000 10${value(/wrapped challenge (\w+)/)}00`],
      [/^READ IOBUF (\w+)/m, 0x56, 0, 0, 'FFFFFFFF00000000D0'],
      [/^PUT KEY secured (\w+)/m, 0xd8, 0x01, 0x81, toHex(newKeys)],
    ];
    for (const [pattern, ins, p1, p2, plain] of commands) {
      const apdu = host.wrap(ins, p1, p2, fromHex(plain));
      expect(toHex(apdu)).toBe(value(pattern));
      expect(card.unwrap(parseCommand(apdu))).toEqual(fromHex(plain));
    }
  });
});

describe('the captured channels', () => {
  const { note, ...captures } = JSON.parse(readFileSync(resolve(vectors, 'scp01-live.json'), 'utf8')) as {
    readonly note: string;
  } & Record<string, readonly LiveChannel[]>;
  const channels = Object.entries(captures).flatMap(([name, list]) =>
    list.map((live, i) => [`${name} ${i + 1}`, live] as const),
  );

  test('there are the eight of the capture', () => {
    expect(note).toContain('SCP01');
    expect(channels).toHaveLength(8);
  });

  test.each(channels)('%s: both sides reproduce every byte', (_name, live) => {
    const hostChallenge = fromHex(live.hostChallenge);
    const answer = fromHex(live.initUpdateResponse);
    const host = new ScpHost(developerKeys, hostChallenge, answer);
    const card = new ScpCard(
      { diversificationData: answer.slice(0, 10), keyVersion: 1, keys: developerKeys },
      hostChallenge,
      fromHex(live.cardChallenge),
    );
    expect(toHex(card.answer)).toBe(live.initUpdateResponse.slice(0, -4));
    expect(toHex(sessionKey(developerKeys.mac, hostChallenge, fromHex(live.cardChallenge)))).toBe(
      live.sessionKey,
    );
    for (const { name, apdu, plainData } of live.commands) {
      const command = parseCommand(fromHex(apdu));
      if (name === 'EXTERNAL AUTHENTICATE') {
        expect(toHex(host.externalAuthenticate())).toBe(apdu);
        expect(card.authenticate(command)).toBe(true);
      } else {
        expect(toHex(host.wrap(command.ins, command.p1, command.p2, fromHex(plainData)))).toBe(apdu);
        expect(toHex(card.unwrap(command) ?? new Uint8Array(0))).toBe(plainData);
      }
    }
  });
});

describe('properties', () => {
  const bytes = (minimum: number, maximum: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: minimum, maxLength: maximum });
  const byte = fc.integer({ min: 0, max: 255 });

  test('what the host wraps, the card unwraps, in any number of commands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(byte, byte, byte, bytes(0, maximumSecuredData)), { maxLength: 6 }),
        all => {
          const { host, card } = openChannel();
          for (const [ins, p1, p2, data] of all)
            expect(card.unwrap(parseCommand(host.wrap(ins, p1, p2, data)))).toEqual(data);
        },
      ),
    );
  });

  test('one flipped bit anywhere is noticed', () => {
    fc.assert(
      fc.property(bytes(0, 100), fc.nat(), (data, where) => {
        const { host, card } = openChannel();
        const apdu = host.wrap(0x54, 0, 0, data);
        // The length byte belongs to the transport; every other bit is under the MAC.
        const position = 8 * 5 + (where % (8 * (apdu.length - 5)));
        const at = position >> 3;
        apdu[at] = (apdu[at] ?? 0) ^ (1 << (position & 7));
        expect(card.unwrap(parseCommand(apdu))).toBeUndefined();
      }),
    );
  });

  test('a secured command of any bytes never throws', () => {
    fc.assert(
      fc.property(bytes(0, 255), data => {
        const { card } = openChannel();
        expect(card.unwrap({ cla: 0x84, ins: 0x54, p1: 0, p2: 0, data })).toBeUndefined();
      }),
    );
  });
});

test('other keys are noticed on both sides', () => {
  const other: CardKeys = { ...developerKeys, enc: fromHex('00112233445566778899AABBCCDDEEFF') };
  const challenge = fromHex('0102030405060708');
  const identity = { diversificationData: new Uint8Array(10), keyVersion: 1, keys: other };
  const card = new ScpCard(identity, challenge, challenge);
  const answer = concatBytes(card.answer, fromHex('9000'));
  expect(() => new ScpHost(developerKeys, challenge, answer)).toThrow(/other keys/);
  const command = { cla: 0x84, ins: 0x82, p1: 3, p2: 0, data: new Uint8Array(16) };
  expect(card.authenticate(command)).toBe(false);
  expect(card.open).toBe(false);
});

test('what is not an answer to INITIALIZE UPDATE is refused', () => {
  const challenge = fromHex('0102030405060708');
  for (const answer of ['', '9000', '6A88', `${'00'.repeat(28)}6A88`, `${'00'.repeat(27)}9000`])
    expect(() => new ScpHost(developerKeys, challenge, fromHex(answer))).toThrow(/INITIALIZE UPDATE/);
  expect(() => new ScpHost(developerKeys, challenge, fromHex(`${'00'.repeat(28)}9000`))).toThrow(/SCP01/);
});

test('a channel with MACs only carries its data in the clear', () => {
  const hostChallenge = fromHex('775762E45E23667D');
  const cardChallenge = fromHex('BD6D19856E540FCD');
  const { card, host } = channel(developerKeys, hostChallenge, cardChallenge);
  const { data: authentication } = parseCommand(host.externalAuthenticate());
  const cryptogram = authentication.subarray(0, 8);
  const macKey = sessionKey(developerKeys.mac, hostChallenge, cardChallenge);
  const first = cbcMac(macKey, concatBytes(fromHex('8482010010'), cryptogram));
  const command = { cla: 0x84, ins: 0x82, p1: 1, p2: 0, data: authentication };
  expect(card.authenticate(command)).toBe(false);
  expect(card.authenticate({ ...command, data: concatBytes(cryptogram, first) })).toBe(true);
  const plain = fromHex('70617373776F7264');
  const second = cbcMac(macKey, concatBytes(fromHex('8440007F10'), plain), first);
  const secured = { cla: 0x84, ins: 0x40, p1: 0, p2: 0x7f, data: concatBytes(plain, second) };
  expect(card.unwrap(secured)).toEqual(plain);
});

test('INITIALIZE UPDATE carries key version, index and the challenge', () => {
  expect(toHex(initializeUpdate(fromHex('775762E45E23667D')))).toBe('8050000008775762E45E23667D');
});

test('CBC with padding comes back', () => {
  const key = developerKeys.kek;
  const iv = fromHex('A1B2C3D4E5F60718');
  const padded = pad80(fromHex('0102030405060708'));
  expect(padded).toHaveLength(16);
  expect(decryptCbc(key, encryptCbc(key, padded, iv), iv)).toEqual(padded);
});
