import asn1 from 'node-forge/lib/asn1.js';
import type { Asn1 } from 'node-forge/lib/asn1.js';
import { Failure } from '../base/failure.js';

export type { Asn1 } from 'node-forge/lib/asn1.js';

/** Levels of nesting; certificates have about ten. */
const maxDepth = 32;

/** Universal tags (X.680). */
export const tags = {
  boolean: 1,
  integer: 2,
  oid: 6,
  teletexString: 20,
  universalString: 28,
  bmpString: 30,
};
const contextSpecific = 0x80;

/** Reads the first element; bytes after it are ignored. @throws Error of forge, in its own words */
export function parseDer(binary: string): Asn1 {
  return asn1.fromDer(binary, { strict: true, parseAllBytes: false, decodeBitStrings: false, maxDepth });
}

/** Of the outermost element, header included. */
export function derLength(der: Uint8Array): number {
  const first = der[1] ?? 0;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  return 2 + count + der.subarray(2, 2 + count).reduce((length, byte) => length * 256 + byte, 0);
}

/** @throws Failure `malformed-data` for an element without parts */
export function children(node: Asn1 | undefined): readonly Asn1[] {
  if (node === undefined || typeof node.value === 'string')
    throw new Failure('malformed-data', 'not a certificate: an element lacks its parts');
  return node.value;
}

/** The bytes of an element without parts, one a character. @throws Failure `malformed-data` */
export function primitive(node: Asn1 | undefined): string {
  if (node === undefined || typeof node.value !== 'string')
    throw new Failure('malformed-data', 'not a certificate: an element lacks its value');
  return node.value;
}

export function isContext(node: Asn1 | undefined, tag: number): boolean {
  return node?.tagClass === contextSpecific && node.type === tag;
}

export function isUniversal(node: Asn1 | undefined, tag: number): boolean {
  return node?.tagClass === 0 && node.type === tag;
}

/** In dotted form. @throws Failure `malformed-data` */
export function oid(node: Asn1 | undefined): string {
  return asn1.derToOid(primitive(node));
}

/** One character for each byte, as forge gives bytes. */
export function fromBinary(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}
