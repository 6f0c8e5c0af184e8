import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { gzip } from 'pako';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { parseCertificate } from '../../src/card/certificate.js';
import { decodeCombinedObject, decodeFixedAttributes } from '../../src/card/combined-object.js';
import { parseCplc } from '../../src/card/cplc.js';
import { inflate } from '../../src/card/inflate.js';
import { decodeSeparateCertificate, decodeSeparateObject } from '../../src/card/separate-objects.js';
import { showable, showableUtf8 } from '../../src/card/text.js';
import { findTlv, parseTlvs } from '../../src/card/tlv.js';
import { encodeCombined, encodeObject, encodeSeparate } from '../support/card/combined.js';
import type { CombinedParts } from '../support/card/combined.js';
import { ecCertificate } from '../support/card/certificates.js';

const live = fromHex(readFileSync(join(import.meta.dirname, '../vectors/z0-live.hex'), 'utf8'));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The trio that TPS writes for one certificate. */
const trio = [
  encodeObject('c1', 0x91, [
    [3, utf8('signing key')],
    [0x11, ecCertificate],
  ]),
  encodeObject('k3', 0xc00a1, []),
  encodeObject('k2', 0x1301b1, [[0x100, 0]]),
];

describe('the combined object of a real enrolment', () => {
  const decoded = decodeCombinedObject(live);

  test('header and name', () => {
    expect(decoded.header).toEqual({
      formatVersion: 0x0100,
      objectVersion: 0x01be,
      cuid: fromHex('40906145C7626B03F4B0'),
      compression: 'zlib',
      dataSize: 0x04fb,
      dataOffset: 20,
    });
    expect(decoded.tokenName).toBe('jsmith');
    expect(decoded.problems).toEqual([]);
  });

  test('objects', () => {
    const table = decoded.objects.map(({ name, objectClass, id, uses, label, keyType }) =>
      [name, objectClass, id, uses.join(' '), label, keyType ?? ''].join(' | '),
    );
    expect(table).toEqual([
      'c1 | certificate | 1 |  | signing key for jsmith | ',
      'k3 | public-key | 1 | verify verify-recover |  | ',
      'k2 | private-key | 1 | sign sign-recover |  | rsa',
      'c2 | certificate | 2 |  | encryption key for jsmith | ',
      'k5 | public-key | 2 | encrypt wrap |  | ',
      'k4 | private-key | 2 | decrypt unwrap |  | rsa',
    ]);
    expect(decoded.objects.map(({ value }) => value?.length ?? 0)).toEqual([748, 0, 0, 748, 0, 0]);
  });

  test('its certificates', () => {
    const [first] = decoded.objects;
    const certificate = parseCertificate(first?.value ?? new Uint8Array(), first?.label);
    expect(certificate.key).toEqual({ kind: 'rsa', bits: 1024 });
    expect(certificate.label).toBe('signing key for jsmith');
  });
});

describe('variants that other readers take', () => {
  test.each<[string, CombinedParts]>([
    ['uncompressed', { compressed: false }],
    ['trailing zeros', { trailing: 100 }],
    ['trailing zeros, uncompressed', { compressed: false, trailing: 100 }],
    ['another data offset', { dataOffset: 40 }],
    ['format version 0200', { formatVersion: 0x0200 }],
    ['a foreign CUID', { cuid: new Uint8Array(10) }],
  ])('%s', (_name, parts) => {
    const decoded = decodeCombinedObject(encodeCombined({ objects: trio, ...parts }));
    expect(decoded.objects.map(({ name }) => name)).toEqual(['c1', 'k3', 'k2']);
    expect(decoded.problems).toEqual([]);
    expect(decoded.tokenName).toBe('jsmith');
  });

  test('zeros inside the declared size', () => {
    const padded = encodeCombined({ objects: trio, trailing: 50, sizeError: 50 });
    expect(decodeCombinedObject(padded).objects).toHaveLength(3);
  });

  test.each([
    ['', ''],
    ['N'.repeat(40), 'N'.repeat(40)],
    ['Zoë Müller', 'Zoë Müller'],
    ['a\u0000b\u202ec', 'a b c'],
  ])('the name "%s"', (name, shown) => {
    expect(decodeCombinedObject(encodeCombined({ name: utf8(name), objects: trio })).tokenName).toBe(shown);
  });

  test('a name that is no UTF-8', () => {
    expect(decodeCombinedObject(encodeCombined({ name: Uint8Array.of(0x41, 0xff) })).tokenName).toBe(
      'A\ufffd',
    );
  });

  test('no objects', () => {
    expect(decodeCombinedObject(encodeCombined({})).objects).toEqual([]);
  });

  test('a smaller count than there are', () => {
    const decoded = decodeCombinedObject(encodeCombined({ objects: trio, count: 1 }));
    expect(decoded.objects.map(({ name }) => name)).toEqual(['c1']);
    expect(decoded.problems).toEqual([]);
  });

  test('an EC key', () => {
    const objects = [encodeObject('k2', 0x1301b1, [[0x100, 3]])];
    expect(decodeCombinedObject(encodeCombined({ objects })).objects[0]?.keyType).toBe('ec');
  });

  test('attributes that are TRUE, FALSE or unknown', () => {
    const objects = [
      encodeObject('c1', 0x91, [
        [1, true],
        [2, false],
        [0x8000_0000, 5],
        [3, utf8('label')],
      ]),
    ];
    expect(decodeCombinedObject(encodeCombined({ objects })).objects[0]?.label).toBe('label');
  });
});

describe('broken ones', () => {
  test.each<[string, CombinedParts]>([
    ['compression 2', { compression: 2 }],
    ['declared size too small', { sizeError: -10 }],
    ['declared size too large', { sizeError: 10 }],
    ['objects beyond the end', { objectOffset: 0xffff }],
    ['objects within the header', { objectOffset: 2 }],
  ])('%s: malformed', (_name, parts) => {
    expect(() => decodeCombinedObject(encodeCombined({ objects: trio, ...parts }))).toThrow(
      expect.objectContaining({ code: 'malformed-data' }) as Error,
    );
  });

  test('a larger count than there are: what is there stays, with a note', () => {
    const decoded = decodeCombinedObject(encodeCombined({ objects: trio, count: 8 }));
    expect(decoded.objects).toHaveLength(3);
    expect(decoded.problems.map(({ code }) => code)).toEqual(['malformed-data']);
  });

  test('the last byte cut: what is whole stays, with a note', () => {
    const cut = [...trio.slice(0, 2), trio[2]?.subarray(0, -1) ?? new Uint8Array()];
    const decoded = decodeCombinedObject(encodeCombined({ objects: cut }));
    expect(decoded.objects.map(({ name }) => name)).toEqual(['c1', 'k3']);
    expect(decoded.problems).toHaveLength(1);
  });

  test('half of it never written: zeros', () => {
    const halved = live.slice().fill(0, live.length / 2);
    expect(() => decodeCombinedObject(halved)).toThrow(Failure);
    const plain = encodeCombined({ objects: trio, compressed: false });
    const decoded = decodeCombinedObject(plain.fill(0, plain.length - 30));
    expect(decoded.problems).toHaveLength(1);
  });

  test('every byte lost from the end is found', () => {
    for (let length = 0; length < live.length; length += 7)
      expect(() => decodeCombinedObject(live.subarray(0, length))).toThrow(Failure);
  });

  test('an attribute of an unknown kind', () => {
    const object = encodeObject('c1', 0x91, [[3, true]]);
    object[14] = 9;
    expect(decodeCombinedObject(encodeCombined({ objects: [object] })).problems).toHaveLength(1);
  });

  test('more objects than can be', () => {
    const objects = Array.from({ length: 300 }, () => encodeObject('c1', 0x91, []));
    const decoded = decodeCombinedObject(encodeCombined({ objects }));
    expect(decoded.objects).toHaveLength(256);
    expect(decoded.problems).toHaveLength(1);
  });

  test('four megabytes in four kilobytes are not unpacked', () => {
    const bomb = gzip(new Uint8Array(4_000_000));
    expect(bomb.length).toBeLessThan(10_000);
    expect(() => inflate(bomb, 0x10000)).toThrow(/more than/);
  });
});

test('a key that may do everything, and a certificate that may not', () => {
  expect(decodeFixedAttributes(0xffffffb1)).toEqual({
    objectClass: 'private-key',
    index: 1,
    uses: ['derive', 'decrypt', 'unwrap', 'sign', 'sign-recover'],
  });
  expect(decodeFixedAttributes(0x00fff091).uses).toEqual([]);
  expect(() => decodeFixedAttributes(0x000000d1)).toThrow(Failure);
});

test('what comes out of inflate is what went in, at any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(20), (data, zeros) => {
      expect(toHex(inflate(concatBytes(gzip(data), new Uint8Array(zeros)), 20_000))).toBe(toHex(data));
    }),
    { numRuns: 30 },
  );
});

describe('separate objects', () => {
  const id = Uint8Array.of(1);

  test('a certificate', () => {
    const bytes = encodeSeparate('c1', [
      [0, Uint8Array.of(1, 0, 0, 0)],
      [3, utf8('my label')],
      [0x102, id],
    ]);
    expect(decodeSeparateObject(bytes)).toEqual({
      name: 'c1',
      objectClass: 'certificate',
      id: '01',
      uses: [],
      label: 'my label',
    });
  });

  test('a private key', () => {
    const bytes = encodeSeparate('k0', [
      [0, Uint8Array.of(3, 0, 0, 0)],
      [0x100, Uint8Array.of(0, 0, 0, 0)],
      [0x102, id],
      [0x105, Uint8Array.of(1)],
      [0x108, Uint8Array.of(0)],
      [0x120, new Uint8Array(128).fill(0x80)],
    ]);
    const key = decodeSeparateObject(bytes);
    expect(key).toMatchObject({ objectClass: 'private-key', keyType: 'rsa', uses: ['decrypt'] });
    expect(key.modulus).toHaveLength(128);
  });

  test.each([
    ['type 1', Uint8Array.of(1, 0x63, 0x31, 0, 0, 0, 0)],
    ['no class', encodeSeparate('c1', [])],
    ['an id that is no name', encodeSeparate('\u0001\u0002', [[0, Uint8Array.of(1, 0, 0, 0)]])],
    ['cut', encodeSeparate('c1', [[0, Uint8Array.of(1, 0, 0, 0)]]).subarray(0, -1)],
  ])('malformed: %s', (_name, bytes) => {
    expect(() => decodeSeparateObject(bytes)).toThrow(Failure);
  });

  test('a certificate with its length in front, or without', () => {
    expect(toHex(decodeSeparateCertificate(fromHex('0003AABBCC')))).toBe('AABBCC');
    expect(toHex(decodeSeparateCertificate(fromHex('3001AA')))).toBe('3001AA');
    expect(() => decodeSeparateCertificate(fromHex('0004AABBCC'))).toThrow(Failure);
  });
});

describe('CPLC', () => {
  const fields = '40906145010001000100010024192D01C762' + '00'.repeat(24);

  test.each([
    ['tagged', `9F7F2A${fields}`],
    ['with other bytes in place of the tag', `010001${fields}`],
    ['untagged', fields],
    ['with bytes after it', `9F7F2A${fields}0102`],
  ])('%s', (_name, hex) => {
    const cplc = parseCplc(fromHex(hex));
    expect(toHex(cplc.cuid)).toBe('40906145C76224192D01');
    expect(toHex(cplc.serialNumber)).toBe('24192D01');
  });

  test('too short', () => {
    expect(() => parseCplc(new Uint8Array(41))).toThrow(Failure);
  });
});

describe('TLV', () => {
  test('tags and lengths of every size', () => {
    expect(parseTlvs(fromHex('5001AA 9F7F02BBCC 7F8501810101 53820002DDEE')).map(({ tag }) => tag)).toEqual([
      0x50, 0x9f7f, 0x7f8501, 0x53,
    ]);
    expect(toHex(findTlv(fromHex('5001AA53820002DDEE'), 0x53) ?? new Uint8Array())).toBe('DDEE');
    expect(findTlv(fromHex('5001AA'), 0x53)).toBeUndefined();
  });

  test.each(['50', '5002AA', '5380', '53830000 01AA', '9F', '1F8181811000', '5381'])('malformed: %s', hex => {
    expect(() => parseTlvs(fromHex(hex))).toThrow(Failure);
  });
});

test('text of a card cannot turn or break a line', () => {
  expect(showable('  a\r\nb\tc\u202egnp\u2066 \u0085d ')).toBe('a b c gnp d');
  expect(showableUtf8(fromHex('C3A9'))).toBe('é');
});
