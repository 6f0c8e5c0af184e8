import { ByteReader } from '../base/bytes.js';
import { Failure } from '../base/failure.js';

export interface Tlv {
  /** All bytes of the tag, such as 0x7F49. */
  readonly tag: number;
  readonly value: Uint8Array;
}

/**
 * Splits BER-TLV data objects (ISO 7816-4 §5.2.2, tags up to 3 bytes, lengths up to 65,535) of one level.
 * @throws Failure `malformed-data` when one reaches beyond the end.
 */
export function parseTlvs(bytes: Uint8Array): Tlv[] {
  const reader = new ByteReader(bytes);
  const found: Tlv[] = [];
  while (reader.remaining > 0) {
    const tag = readTag(reader);
    found.push({ tag, value: reader.take(readLength(reader)) });
  }
  return found;
}

/** The value of the first data object with the tag. @throws as parseTlvs */
export function findTlv(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  return parseTlvs(bytes).find(tlv => tlv.tag === tag)?.value;
}

function readTag(reader: ByteReader): number {
  let tag = reader.u8();
  if ((tag & 0x1f) !== 0x1f) return tag;
  for (let i = 0; i < 2; i += 1) {
    const next = reader.u8();
    tag = tag * 256 + next;
    if ((next & 0x80) === 0) return tag;
  }
  throw new Failure('malformed-data', 'a tag of more than 3 bytes');
}

function readLength(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 0x80) return first;
  if (first === 0x81) return reader.u8();
  if (first === 0x82) return reader.u16();
  throw new Failure('malformed-data', `a length that begins with ${first}`);
}
