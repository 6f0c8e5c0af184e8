/**
 * The combined object z0 of a CoolKey card: all certificates and the attributes of all keys,
 * as Dogtag's TPS writes it and the PKCS#11 modules read it.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { ByteReader, concatBytes, u16, u32 } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';

/** `z0` and two zero bytes. */
export const combinedObjectId = 0x7a300000;

/** The header's length, and so the offset of the data. */
const headerSize = 20;
const formatVersion = 0x0100;

/** coolkey's PKCS#11 module asks for 255 bytes at once and gives up on a shorter object. */
export const smallestReadableSize = 255;
/** What TPS lets a token's data grow to when it is read back: far above any card's memory. */
const largestInflatedSize = 64 * 1024;

export type AttributeValue = Uint8Array | number | boolean;

/** One PKCS#11 object without what its class and index already say. */
export interface StoredObject {
  /** Such as `c1`: a certificate; or `k2`: a key. */
  readonly id: string;
  /** Index, class and flags: bit 0–3 index, 4–6 CKO_ class, 7 token and so on. */
  readonly fixedAttributes: number;
  /** By CKA_ type. */
  readonly attributes: ReadonlyMap<number, AttributeValue>;
}

export interface CombinedObject {
  /** Grows by 1 at each rewriting: readers use it as the key of their caches. */
  readonly objectVersion: number;
  /** 10 bytes. */
  readonly cuid: Uint8Array;
  /** The PKCS#11 token label. */
  readonly tokenName: string;
  readonly objects: readonly StoredObject[];
}

export type KeyUse = 'signing' | 'encryption';

const ckaLabel = 0x03;
const ckaValue = 0x11;
const ckaKeyType = 0x100;

/** PKCS#11 class and flags of certificate, public key and private key, without the index. */
const fixed: Record<KeyUse, { certificate: number; publicKey: number; privateKey: number }> = {
  // public: verify, verify_recover; private: private, sign, sign_recover, sensitive
  signing: { certificate: 0x90, publicKey: 0x000c00a0, privateKey: 0x001301b0 },
  // public: encrypt, wrap; private: private, decrypt, unwrap, sensitive
  encryption: { certificate: 0x90, publicKey: 0x000050a0, privateKey: 0x0010a1b0 },
};

/** The numbers of the two keys that belong to certificate `index`: private 2i, public 2i + 1. */
export function keyNumbers(index: number): { privateKey: number; publicKey: number } {
  return { privateKey: 2 * index, publicKey: 2 * index + 1 };
}

/**
 * A certificate, its public and its private key, as three stored objects.
 * @param index the certificate's number on the card, 0 to 4, which ties the three together.
 */
export function storedCertificate(
  index: number,
  use: KeyUse,
  label: string,
  certificate: Uint8Array,
): StoredObject[] {
  const { privateKey, publicKey } = keyNumbers(index);
  return [
    {
      id: `c${index}`,
      fixedAttributes: fixed[use].certificate | index,
      attributes: new Map<number, AttributeValue>([
        [ckaLabel, new TextEncoder().encode(label)],
        [ckaValue, certificate],
      ]),
    },
    { id: `k${publicKey}`, fixedAttributes: fixed[use].publicKey | index, attributes: new Map() },
    {
      id: `k${privateKey}`,
      fixedAttributes: fixed[use].privateKey | index,
      attributes: new Map([[ckaKeyType, 0]]),
    },
  ];
}

function encodeAttribute([type, value]: readonly [number, AttributeValue]): Uint8Array {
  if (typeof value === 'boolean') return concatBytes(u32(type), Uint8Array.of(value ? 3 : 2));
  if (typeof value === 'number') return concatBytes(u32(type), Uint8Array.of(1), u32(value));
  return concatBytes(u32(type), Uint8Array.of(0), u16(value.length), value);
}

function encodeObject({ id, fixedAttributes, attributes }: StoredObject): Uint8Array {
  return concatBytes(
    new TextEncoder().encode(id),
    u16(0),
    u32(fixedAttributes),
    u16(attributes.size),
    ...[...attributes].map(encodeAttribute),
  );
}

/** The data behind the header, not yet compressed. */
export function encodeContent({ tokenName, objects }: CombinedObject): Uint8Array {
  const name = new TextEncoder().encode(tokenName).subarray(0, 255);
  return concatBytes(
    u16(name.length + 5),
    u16(objects.length),
    Uint8Array.of(name.length),
    name,
    ...objects.map(encodeObject),
  );
}

/**
 * The whole object, zlib-compressed; stored as it is where compression would leave fewer than
 * the 255 bytes that coolkey's reader needs, and filled up with zeros where that is short too.
 */
export function encodeCombinedObject(combined: CombinedObject): Uint8Array {
  const content = encodeContent(combined);
  const deflated = deflateSync(content);
  const compressed = headerSize + deflated.length >= smallestReadableSize;
  const data = compressed ? deflated : content;
  const object = concatBytes(
    u16(formatVersion),
    u16(combined.objectVersion),
    combined.cuid,
    u16(compressed ? 1 : 0),
    u16(data.length),
    u16(headerSize),
    data,
  );
  if (object.length >= smallestReadableSize) return object;
  return concatBytes(object, new Uint8Array(smallestReadableSize - object.length));
}

function inflate(data: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(inflateSync(data, { maxOutputLength: largestInflatedSize }));
  } catch (error) {
    throw new Failure('malformed-data', 'z0 cannot be inflated', {}, { cause: error });
  }
}

function decodeAttribute(reader: ByteReader): [number, AttributeValue] {
  const type = reader.u32();
  const kind = reader.u8();
  switch (kind) {
    case 0:
      return [type, reader.take(reader.u16())];
    case 1:
      return [type, reader.u32()];
    case 2:
    case 3:
      return [type, kind === 3];
    default:
      throw new Failure('malformed-data', `z0 has an attribute of unknown kind ${kind}`);
  }
}

function decodeObject(reader: ByteReader): StoredObject {
  const id = new TextDecoder('latin1').decode(reader.take(2));
  reader.u16();
  const fixedAttributes = reader.u32();
  const count = reader.u16();
  const attributes = new Map<number, AttributeValue>();
  for (let i = 0; i < count; i++) attributes.set(...decodeAttribute(reader));
  return { id, fixedAttributes, attributes };
}

/**
 * Reads back what a card holds.
 * @throws Failure `malformed-data`
 */
export function decodeCombinedObject(bytes: Uint8Array): CombinedObject {
  const header = new ByteReader(bytes);
  header.u16();
  const objectVersion = header.u16();
  const cuid = header.take(10).slice();
  const compression = header.u16();
  const size = header.u16();
  const offset = header.u16();
  if (compression > 1) throw new Failure('malformed-data', `z0 has unknown compression ${compression}`);
  const stored = new ByteReader(bytes);
  stored.take(offset);
  const data = stored.take(size);

  const reader = new ByteReader(compression === 1 ? inflate(data) : data);
  const objectsOffset = reader.u16();
  const count = reader.u16();
  const tokenName = new TextDecoder().decode(reader.take(reader.u8()));
  if (objectsOffset < reader.offset) throw new Failure('malformed-data', 'z0 has overlapping parts');
  reader.take(objectsOffset - reader.offset);
  const objects: StoredObject[] = [];
  for (let i = 0; i < count; i++) objects.push(decodeObject(reader));
  return { objectVersion, cuid, tokenName, objects };
}
