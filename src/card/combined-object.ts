import { ByteReader, toHex } from '../base/bytes.js';
import { asFailure, Failure } from '../base/failure.js';
import { inflate } from './inflate.js';
import { attributeTypes, keyTypes, objectClasses } from './stored-object.js';
import type { KeyUse, ObjectClass, StoredObject, StoredObjects } from './stored-object.js';
import { showableUtf8 } from './text.js';

/** Bytes; no card of this kind has a tenth of it. */
const maxInflatedLength = 0x10000;
const maxObjects = 256;

export const combinedHeaderLength = 20;

/**
 * The first 20 bytes of the combined object z0, big-endian: format version u16, object version u16,
 * CUID 10 bytes, compression u16, data size u16, data offset u16.
 */
export interface CombinedHeader {
  readonly formatVersion: number;
  /** Grows by one with each rewriting. */
  readonly objectVersion: number;
  readonly cuid: Uint8Array;
  readonly compression: 'none' | 'zlib';
  /** Bytes as stored, so compressed where compression is on. */
  readonly dataSize: number;
  /** Where the data begins in the object. */
  readonly dataOffset: number;
}

/** @throws Failure `malformed-data` */
export function parseCombinedHeader(bytes: Uint8Array): CombinedHeader {
  const reader = new ByteReader(bytes);
  const formatVersion = reader.u16();
  const objectVersion = reader.u16();
  const cuid = reader.take(10).slice();
  const compression = reader.u16();
  const dataSize = reader.u16();
  const dataOffset = reader.u16();
  if (compression > 1)
    throw new Failure('malformed-data', `combined object: compression ${compression} is unknown`);
  if (dataOffset < combinedHeaderLength || dataSize === 0)
    throw new Failure('malformed-data', `combined object: ${dataSize} bytes of data at ${dataOffset}`);
  return {
    formatVersion,
    objectVersion,
    cuid,
    compression: compression === 1 ? 'zlib' : 'none',
    dataSize,
    dataOffset,
  };
}

export interface CombinedObject extends StoredObjects {
  readonly header: CombinedHeader;
  /** Empty where the card has none. */
  readonly tokenName: string;
}

/**
 * Decodes the combined object: the header, then at its data offset, compressed or not,
 * u16 offset of the objects, u16 their number, u8 length of the token name, the name, the objects.
 * Bytes after the data are ignored. Objects behind a broken one are lost; `problems` says so.
 * @throws Failure `malformed-data` when header or compressed data are broken.
 */
export function decodeCombinedObject(bytes: Uint8Array): CombinedObject {
  const header = parseCombinedHeader(bytes);
  const outer = new ByteReader(bytes);
  outer.take(header.dataOffset);
  const stored = outer.take(header.dataSize);
  const data = header.compression === 'zlib' ? inflate(stored, maxInflatedLength) : stored;

  const reader = new ByteReader(data);
  const objectOffset = reader.u16();
  const count = reader.u16();
  const tokenName = showableUtf8(reader.take(reader.u8()));
  if (objectOffset < 5 || objectOffset > data.length)
    throw new Failure(
      'malformed-data',
      `combined object: objects at ${objectOffset} of ${data.length} bytes`,
    );
  return { header, tokenName, ...decodeObjects(data.subarray(objectOffset), count) };
}

function decodeObjects(bytes: Uint8Array, count: number): StoredObjects {
  const objects: StoredObject[] = [];
  const problems: Failure[] = [];
  const reader = new ByteReader(bytes);
  try {
    for (let i = 0; i < count; i += 1) {
      if (i === maxObjects)
        throw new Failure('malformed-data', `combined object: ${count} objects announced`);
      objects.push(decodeObject(reader));
    }
  } catch (error) {
    problems.push(asFailure(error));
  }
  return { objects, problems };
}

type AttributeValue = Uint8Array | number | boolean;

/** u32 id, u32 fixed attributes, u16 number of attributes, the attributes. */
function decodeObject(reader: ByteReader): StoredObject {
  const id = reader.take(4);
  const fixed = reader.u32();
  const count = reader.u16();
  const attributes = new Map<number, AttributeValue>();
  for (let i = 0; i < count; i += 1) attributes.set(reader.u32(), decodeValue(reader));

  const { objectClass, index, uses } = decodeFixedAttributes(fixed);
  const keyType = keyTypes.get(attributes.get(attributeTypes.keyType) as number);
  const value = attributes.get(attributeTypes.value);
  const label = attributes.get(attributeTypes.label);
  const modulus = attributes.get(attributeTypes.modulus);
  return {
    name: objectName(id),
    objectClass,
    id: index.toString(16),
    uses,
    label: label instanceof Uint8Array ? showableUtf8(label) : '',
    ...(keyType === undefined ? {} : { keyType }),
    ...(value instanceof Uint8Array ? { value } : {}),
    ...(modulus instanceof Uint8Array ? { modulus } : {}),
  };
}

/** u8 kind, then 0: u16 length and bytes; 1: u32; 2 and 3: nothing, they are the value. */
function decodeValue(reader: ByteReader): AttributeValue {
  const kind = reader.u8();
  switch (kind) {
    case 0:
      return reader.take(reader.u16());
    case 1:
      return reader.u32();
    case 2:
      return false;
    case 3:
      return true;
    default:
      throw new Failure('malformed-data', `combined object: attribute of kind ${kind}`);
  }
}

/** The first two bytes of an object's id are its name in ASCII. @throws Failure `malformed-data` */
export function objectName(id: Uint8Array): string {
  const [kind = 0, digit = 0] = id;
  const name = String.fromCharCode(kind, digit);
  if (!/^[a-zA-Z][0-9a-zA-Z]$/.test(name))
    throw new Failure('malformed-data', `an object has the id ${toHex(id)}`);
  return name;
}

const useBits: readonly (readonly [number, KeyUse])[] = [
  [10, 'derive'],
  [12, 'encrypt'],
  [13, 'decrypt'],
  [14, 'wrap'],
  [15, 'unwrap'],
  [16, 'sign'],
  [17, 'sign-recover'],
  [18, 'verify'],
  [19, 'verify-recover'],
];

/** Of the bits above the class, those that mean anything for it. */
const meaningful: Readonly<Record<ObjectClass, number>> = {
  certificate: 0x00000380,
  'public-key': 0x000c5f80,
  'private-key': 0x00f3af80,
};

export interface FixedAttributes {
  readonly objectClass: ObjectClass;
  /** The number of the certificate that the object belongs to, 0 to 15. */
  readonly index: number;
  readonly uses: readonly KeyUse[];
}

/**
 * Bits 0 to 3 index, 4 to 6 class, 7 token, 8 private, 9 modifiable, 10 derive, 11 local, 12 to 19 uses,
 * 20 to 23 sensitive, always sensitive, extractable, never extractable.
 * @throws Failure `malformed-data` for a class that is none of certificate, public and private key.
 */
export function decodeFixedAttributes(fixed: number): FixedAttributes {
  const number = (fixed >>> 4) & 7;
  const objectClass = objectClasses.get(number);
  if (objectClass === undefined) throw new Failure('malformed-data', `an object has the class ${number}`);
  const bits = fixed & meaningful[objectClass];
  return {
    objectClass,
    index: fixed & 0x0f,
    uses: useBits.filter(([bit]) => ((bits >>> bit) & 1) === 1).map(([, use]) => use),
  };
}
