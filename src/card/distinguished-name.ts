import { ByteReader } from '../base/bytes.js';
import { children, fromBinary, oid, primitive, tags } from './der.js';
import type { Asn1 } from './der.js';
import { showable } from './text.js';

/** A name of subject or issuer (RFC 5280 §4.1.2.4). */
export interface DistinguishedName {
  /** As RFC 4514 writes it: the most specific part first. */
  readonly text: string;
  readonly commonName?: string;
  readonly userId?: string;
  readonly organization?: string;
}

const nameTypes: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'E',
};

/** @throws Failure `malformed-data` */
export function readName(node: Asn1 | undefined): DistinguishedName {
  const sets = children(node).map(set =>
    children(set).map(attribute => {
      const [type, value] = children(attribute);
      const number = oid(type);
      return { type: nameTypes[number] ?? number, value: readText(value) };
    }),
  );
  const text = [...sets]
    .reverse()
    .map(set => set.map(({ type, value }) => `${type}=${escapeName(value)}`).join('+'))
    .join(',');
  const last = (wanted: string): string | undefined =>
    sets
      .flat()
      .filter(part => part.type === wanted)
      .at(-1)?.value;
  const commonName = last('CN');
  const userId = last('UID');
  const organization = last('O');
  return {
    text,
    ...(commonName === undefined ? {} : { commonName }),
    ...(userId === undefined ? {} : { userId }),
    ...(organization === undefined ? {} : { organization }),
  };
}

function escapeName(value: string): string {
  return value.replace(/[\\,+"<>;]/g, '\\$&').replace(/^[# ]| $/g, '\\$&');
}

/** The strings of X.520's DirectoryString and its relatives. @throws Failure `malformed-data` */
export function readText(node: Asn1 | undefined): string {
  const text = primitive(node);
  switch (node?.type) {
    // forge has made characters of its pairs of bytes; one byte of teletex is one character, near enough.
    case tags.bmpString:
    case tags.teletexString:
      return showable(text);
    case tags.universalString:
      return showable(readUtf32(fromBinary(text)));
    default:
      return showable(new TextDecoder().decode(fromBinary(text)));
  }
}

/** Big-endian; what is no character becomes U+FFFD. */
function readUtf32(bytes: Uint8Array): string {
  const reader = new ByteReader(bytes);
  let text = '';
  while (reader.remaining > 0) {
    const code = reader.u32();
    text += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
  }
  return text;
}
