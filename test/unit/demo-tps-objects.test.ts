import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPrivateKey, createPublicKey, privateDecrypt, publicEncrypt } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import {
  decryptCbc,
  developerKeys,
  keyCheckValue,
  ScpHost,
  unwrapWithKek,
  wrapWithKek,
} from '../../demo/scp01.js';
import { makeAppletFile } from '../../demo/tps/applet-file.js';
import {
  decodeCombinedObject,
  encodeCombinedObject,
  encodeContent,
  storedCertificate,
  type CombinedObject,
} from '../../demo/tps/combined-object.js';
import { loadProgress } from '../../demo/tps/format.js';
import { aid, RemoteCard, SecureChannel } from '../../demo/tps/remote-card.js';
import { generateServerKey, wrapServerKey } from '../../demo/tps/server-key.js';

const vectors = join(import.meta.dirname, '../vectors');

describe('the combined object', () => {
  const live = fromHex(readFileSync(join(vectors, 'z0-live.hex'), 'utf8'));
  const liveContent = new Uint8Array(inflateSync(live.subarray(20)));

  test('that of a real TPS is read, and its content written again byte for byte', () => {
    const decoded = decodeCombinedObject(live);
    expect(decoded).toMatchObject({ objectVersion: 0x01be, tokenName: 'jsmith' });
    expect(toHex(decoded.cuid)).toBe('40906145C7626B03F4B0');
    expect(toHex(encodeContent(decoded))).toBe(toHex(liveContent));
  });

  test('two certificates with their keys give the content of the real one', () => {
    const { objects, ...rest } = decodeCombinedObject(live);
    const certificateOf = (id: string): Uint8Array => {
      const value = objects.find(object => object.id === id)?.attributes.get(0x11);
      if (!(value instanceof Uint8Array)) throw new Error(`no certificate ${id}`);
      return value;
    };
    const made = [
      ...storedCertificate(1, 'signing', 'signing key for jsmith', certificateOf('c1')),
      ...storedCertificate(2, 'encryption', 'encryption key for jsmith', certificateOf('c2')),
    ];
    expect(toHex(encodeContent({ ...rest, objects: made }))).toBe(toHex(liveContent));
  });

  test('its header and its compression are those of the real one', () => {
    const written = encodeCombinedObject(decodeCombinedObject(live));
    expect(toHex(written.subarray(0, 16))).toBe(toHex(live.subarray(0, 16)));
    expect(toHex(written.subarray(18, 22))).toBe('0014789C');
    expect(toHex(new Uint8Array(inflateSync(written.subarray(20))))).toBe(toHex(liveContent));
  });

  const combined: fc.Arbitrary<CombinedObject> = fc.record({
    objectVersion: fc.nat(0xffff),
    cuid: fc.uint8Array({ minLength: 10, maxLength: 10 }),
    tokenName: fc.string({ maxLength: 40 }),
    objects: fc.array(
      fc.record({
        id: fc.constantFrom('c1', 'k2', 'k3', 'c2'),
        fixedAttributes: fc.nat(),
        attributes: fc
          .array(fc.tuple(fc.nat(), fc.oneof(fc.boolean(), fc.nat(), fc.uint8Array({ maxLength: 300 }))), {
            maxLength: 4,
          })
          .map(entries => new Map(entries)),
      }),
      { maxLength: 8 },
    ),
  });

  test('whatever is written is read back, and is never shorter than coolkey’s first read', () => {
    fc.assert(
      fc.property(combined, object => {
        const bytes = encodeCombinedObject(object);
        expect(bytes.length).toBeGreaterThanOrEqual(255);
        expect(decodeCombinedObject(bytes)).toEqual(object);
      }),
      { numRuns: 200 },
    );
  });

  test('a damaged one is read or refused as malformed, nothing else', () => {
    const place = fc.record({ at: fc.nat(live.length - 1), to: fc.nat(255), length: fc.nat(live.length) });
    fc.assert(
      fc.property(place, ({ at, to, length }) => {
        const damaged = live.slice(0, length);
        if (at < length) damaged[at] = to;
        try {
          decodeCombinedObject(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          expect((error as Failure).code).toBe('malformed-data');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the applet file', () => {
  test('has the size of the real one and its 75 blocks, the last of 21 bytes', () => {
    const { bytes, blocks, declaredSize } = makeAppletFile(75);
    expect(bytes).toHaveLength(15_409);
    expect(declaredSize).toBe(0x3c49);
    expect(blocks.map(block => block.length)).toEqual([...Array<number>(74).fill(208), 21]);
    expect(toHex((blocks[0] ?? bytes).subarray(0, 4))).toBe('C4823C31');
  });

  test('progress runs past its end, as recorded', () => {
    const format = { start: 10, end: 90 };
    expect([0, 1, 2, 3, 74].map(block => loadProgress(format, block, 15_409))).toEqual([10, 11, 12, 13, 97]);
    expect(loadProgress({ start: 5, end: 12 }, 74, 15_409)).toBe(12);
  });

  test.each([0, 301, 1.5])('%d blocks are refused', count => {
    expect(() => makeAppletFile(count)).toThrow(RangeError);
  });
});

interface LiveChannel {
  readonly hostChallenge: string;
  readonly initUpdateResponse: string;
  readonly commands: readonly { readonly name: string; readonly apdu: string }[];
}

test('the commands of a format are those of a real TPS, byte for byte', async () => {
  const vector = JSON.parse(readFileSync(join(vectors, 'scp01-live.json'), 'utf8')) as {
    readonly format: readonly LiveChannel[];
  };
  const [live] = vector.format;
  if (live === undefined) throw new Error('no channel recorded');
  const sent: string[] = [];
  const card = new RemoteCard(
    {
      transmit: pdu => {
        sent.push(toHex(pdu));
        return Promise.resolve(Uint8Array.of(0x90, 0x00));
      },
    },
    developerKeys,
  );
  const host = new ScpHost(developerKeys, fromHex(live.hostChallenge), fromHex(live.initUpdateResponse));
  await card.send(host.externalAuthenticate());
  const channel = new SecureChannel(card, host);
  await channel.delete(aid.applet);
  await channel.delete(aid.appletPackage);
  await channel.installForLoad(makeAppletFile(75).declaredSize);
  expect(sent).toEqual(live.commands.slice(0, 4).map(({ apdu }) => apdu));
});

test.each([1024, 2048] as const)('a key of %d bits is wrapped so that the card can unwrap it', async bits => {
  const { kek } = developerKeys;
  const pair = await generateServerKey(bits);
  const { object, importData } = wrapServerKey(pair.privateKey, bits, key => wrapWithKek(kek, key));
  expect(toHex(object.subarray(0, 4))).toBe(bits === 1024 ? '01090400' : '01090800');
  expect(toHex(importData.subarray(0, 6))).toBe('FF00FFF38110');
  const key = unwrapWithKek(kek, importData.subarray(6, 22));
  expect(toHex(importData.subarray(22, 27))).toBe(`03${toHex(keyCheckValue(key))}08`);
  const padded = decryptCbc(key, object.subarray(4), importData.subarray(27));
  expect(toHex(padded.subarray(0, pair.privateKey.length))).toBe(toHex(pair.privateKey));

  const privateKey = createPrivateKey({ key: Buffer.from(pair.privateKey), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey({ key: Buffer.from(pair.publicKey), format: 'der', type: 'spki' });
  const secret = Buffer.from('between the two halves');
  expect(privateDecrypt(privateKey, publicEncrypt(publicKey, secret)).equals(secret)).toBe(true);
});
