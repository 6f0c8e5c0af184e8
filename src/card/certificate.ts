import asn1 from 'node-forge/lib/asn1.js';
import type { Asn1 } from 'node-forge/lib/asn1.js';
import sha1 from 'node-forge/lib/sha1.js';
import sha256 from 'node-forge/lib/sha256.js';
import util from 'node-forge/lib/util.js';
import { ByteReader } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { maxCertificateLength } from './stored-object.js';
import { showable } from './text.js';

/** Levels of nesting; certificates have about ten. */
const maxDepth = 32;

/** A name of subject or issuer (RFC 5280 §4.1.2.4). */
export interface DistinguishedName {
  /** As RFC 4514 writes it: the most specific part first. */
  readonly text: string;
  readonly commonName?: string;
  readonly userId?: string;
  readonly organization?: string;
}

export interface PublicKeyInfo {
  readonly kind: 'rsa' | 'ec' | 'other';
  /** Of the modulus or the curve; 0 where it is not known. */
  readonly bits: number;
  /** Of an EC key, such as P-256, or the OID of a curve without a name here. */
  readonly curve?: string;
}

export interface CertificateInfo {
  /** The name that the card gives it; else what the subject is called. */
  readonly label: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Big-endian, as it stands in the certificate. */
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: PublicKeyInfo;
  /** By the names of RFC 5280 §4.2.1.3; empty where the certificate sets no limits. */
  readonly keyUsage: readonly string[];
  /** Names of RFC 5280 §4.2.1.12 and of well-known others; the OID where there is none. */
  readonly extendedKeyUsage: readonly string[];
  readonly isCa: boolean;
  /** Of the DER: 40 and 64 upper-case hexadecimal digits. */
  readonly sha1: string;
  readonly sha256: string;
  readonly pem: string;
  readonly der: Uint8Array;
}

/**
 * Reads an X.509 certificate with a key of any kind.
 * @param der the certificate; bytes after its end are ignored.
 * @throws Failure `malformed-data` for anything that is none.
 */
export function parseCertificate(der: Uint8Array, label = ''): CertificateInfo {
  if (der.length > maxCertificateLength)
    throw new Failure('malformed-data', `a certificate of ${der.length} bytes`);
  try {
    return readCertificate(der, showable(label));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('malformed-data', `not a certificate: ${reason}`);
  }
}

/** Universal tags (X.680). */
const tags = { boolean: 1, oid: 6, teletexString: 20, universalString: 28, bmpString: 30 };
const contextSpecific = 0x80;

function readCertificate(bytes: Uint8Array, label: string): CertificateInfo {
  const binary = toBinary(bytes);
  const certificate = parseDer(binary);
  const der = bytes.slice(0, derLength(bytes));
  const tbs = [...children(children(certificate)[0])];
  if (isContext(tbs[0], 0)) tbs.shift();
  const [serial, , issuer, validity, subject, key, ...rest] = tbs;
  const [notBefore, notAfter] = children(validity);
  const extensions = readExtensions(rest.find(node => isContext(node, 3)));
  const subjectName = readName(subject);
  return {
    label: label || subjectName.commonName || subjectName.text,
    subject: subjectName,
    issuer: readName(issuer),
    serialNumber: fromBinary(primitive(serial)),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    key: readPublicKey(key),
    keyUsage: readKeyUsage(extensions.get('2.5.29.15')),
    extendedKeyUsage: readExtendedKeyUsage(extensions.get('2.5.29.37')),
    isCa: readIsCa(extensions.get('2.5.29.19')),
    sha1: hexDigest(sha1, der),
    sha256: hexDigest(sha256, der),
    pem: toPem(der),
    der,
  };
}

function parseDer(binary: string): Asn1 {
  return asn1.fromDer(binary, { strict: true, parseAllBytes: false, decodeBitStrings: false, maxDepth });
}

/** Of the outermost element, header included. */
function derLength(der: Uint8Array): number {
  const first = der[1] ?? 0;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  return 2 + count + der.subarray(2, 2 + count).reduce((length, byte) => length * 256 + byte, 0);
}

function children(node: Asn1 | undefined): readonly Asn1[] {
  if (node === undefined || typeof node.value === 'string')
    throw new Failure('malformed-data', 'not a certificate: an element lacks its parts');
  return node.value;
}

/** The bytes of an element without parts, one a character. */
function primitive(node: Asn1 | undefined): string {
  if (node === undefined || typeof node.value !== 'string')
    throw new Failure('malformed-data', 'not a certificate: an element lacks its value');
  return node.value;
}

function isContext(node: Asn1 | undefined, tag: number): boolean {
  return node?.tagClass === contextSpecific && node.type === tag;
}

function oid(node: Asn1 | undefined): string {
  return asn1.derToOid(primitive(node));
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

function readName(node: Asn1 | undefined): DistinguishedName {
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

/** The strings of X.520's DirectoryString and its relatives. */
function readText(node: Asn1 | undefined): string {
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

/** UTCTime or GeneralizedTime in the form that RFC 5280 §4.1.2.5 demands: to the second, in UTC. */
function readTime(node: Asn1 | undefined): Date {
  const text = primitive(node);
  const match = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) throw new Failure('malformed-data', 'not a certificate: a time that is none');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const century = text.length === 15 ? 0 : year < 50 ? 2000 : 1900;
  return new Date(Date.UTC(century + year, month - 1, day, hour, minute, second));
}

/** id → the element within the extension's OCTET STRING. One that is broken is as good as absent. */
function readExtensions(node: Asn1 | undefined): ReadonlyMap<string, Asn1> {
  const extensions = new Map<string, Asn1>();
  if (node === undefined) return extensions;
  for (const extension of children(children(node)[0])) {
    const parts = children(extension);
    try {
      extensions.set(oid(parts[0]), parseDer(primitive(parts.at(-1))));
    } catch {
      continue;
    }
  }
  return extensions;
}

const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

function readKeyUsage(node: Asn1 | undefined): string[] {
  if (node === undefined || typeof node.value !== 'string') return [];
  const bits = fromBinary(node.value).subarray(1);
  return keyUsages.filter((_, i) => (((bits[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1);
}

const extendedKeyUsages: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '1.3.6.1.5.2.3.4': 'pkinitClientAuth',
  '1.3.6.1.4.1.311.20.2.2': 'smartcardLogon',
  '2.16.840.1.101.3.6.8': 'pivCardAuth',
};

function readExtendedKeyUsage(node: Asn1 | undefined): string[] {
  if (node === undefined || typeof node.value === 'string') return [];
  return node.value
    .filter(part => typeof part.value === 'string')
    .map(part => oid(part))
    .map(number => extendedKeyUsages[number] ?? number);
}

function readIsCa(node: Asn1 | undefined): boolean {
  if (node === undefined || typeof node.value === 'string') return false;
  const first = node.value[0];
  return first?.type === tags.boolean && typeof first.value === 'string' && first.value !== '\0';
}

const rsaAlgorithms = new Set(['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10']);
const curves: Readonly<Record<string, readonly [string, number]>> = {
  '1.2.840.10045.3.1.1': ['P-192', 192],
  '1.3.132.0.33': ['P-224', 224],
  '1.2.840.10045.3.1.7': ['P-256', 256],
  '1.3.132.0.34': ['P-384', 384],
  '1.3.132.0.35': ['P-521', 521],
  '1.3.36.3.3.2.8.1.1.7': ['brainpoolP256r1', 256],
  '1.3.36.3.3.2.8.1.1.11': ['brainpoolP384r1', 384],
  '1.3.36.3.3.2.8.1.1.13': ['brainpoolP512r1', 512],
};

function readPublicKey(node: Asn1 | undefined): PublicKeyInfo {
  const [algorithm, bitString] = children(node);
  const [type, parameters] = children(algorithm);
  const number = oid(type);
  if (rsaAlgorithms.has(number)) {
    const modulus = primitive(children(parseDer(primitive(bitString).slice(1)))[0]);
    return { kind: 'rsa', bits: modulusBits(fromBinary(modulus)) };
  }
  if (number === '1.2.840.10045.2.1') {
    // Explicit curve parameters, which RFC 5480 forbids, have no name to show.
    const curve = parameters?.type === tags.oid ? oid(parameters) : '';
    const [name, bits] = curves[curve] ?? [curve, 0];
    return { kind: 'ec', bits, ...(name === '' ? {} : { curve: name }) };
  }
  return { kind: 'other', bits: 0 };
}

/** Significant bits of a big-endian number. */
export function modulusBits(modulus: Uint8Array): number {
  const start = modulus.findIndex(byte => byte !== 0);
  return start < 0 ? 0 : (modulus.length - start - 1) * 8 + 32 - Math.clz32(modulus[start] ?? 0);
}

function hexDigest(algorithm: typeof sha256, bytes: Uint8Array): string {
  return algorithm.create().update(toBinary(bytes)).digest().toHex().toUpperCase();
}

/** RFC 7468. */
function toPem(der: Uint8Array): string {
  const text = util.encode64(toBinary(der), 64).replaceAll('\r', '');
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function toBinary(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function fromBinary(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}
