import sha1 from 'node-forge/lib/sha1.js';
import sha256 from 'node-forge/lib/sha256.js';
import util from 'node-forge/lib/util.js';
import { bytesToText, toHex } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { children, derLength, fromBinary, isContext, oid, parseDer, primitive, tags } from './der.js';
import type { Asn1 } from './der.js';
import { readName } from './distinguished-name.js';
import type { DistinguishedName } from './distinguished-name.js';
import { readExtendedKeyUsage, readIsCa, readKeyUsage } from './extension-usages.js';
import { Extensions } from './extensions.js';
import type { CertificateExtension } from './extensions.js';
import { maxCertificateLength } from './stored-object.js';
import { showable } from './text.js';

export type { DistinguishedName } from './distinguished-name.js';
export type { CertificateExtension } from './extensions.js';

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
  /** Such as sha256WithRSAEncryption; the OID where there is no name here. */
  readonly signatureAlgorithm: string;
  readonly extensions: readonly CertificateExtension[];
  /** Upper-case hexadecimal; they tie a certificate to its issuer's. */
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
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

function readCertificate(bytes: Uint8Array, label: string): CertificateInfo {
  const der = bytes.slice(0, derLength(bytes));
  const tbs = tbsOf(der);
  const [serial, algorithm, issuer, validity, subject, key, ...rest] = tbs;
  const [notBefore, notAfter] = children(validity);
  const extensions = new Extensions(rest.find(node => isContext(node, 3)));
  const subjectName = readName(subject);
  const signatureOid = oid(children(algorithm)[0]);
  return {
    label: label || subjectName.commonName || subjectName.text,
    subject: subjectName,
    issuer: readName(issuer),
    serialNumber: fromBinary(primitive(serial)),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    key: readPublicKey(key),
    keyUsage: readKeyUsage(extensions.find('2.5.29.15')),
    extendedKeyUsage: readExtendedKeyUsage(extensions.find('2.5.29.37')),
    isCa: readIsCa(extensions.find('2.5.29.19')),
    signatureAlgorithm: signatureAlgorithms[signatureOid] ?? signatureOid,
    ...keyIdsOf(extensions),
    der,
    // A card that has just come in is shown without these.
    get extensions() {
      return extensions.list();
    },
    get sha1() {
      return hexDigest(sha1, der);
    },
    get sha256() {
      return hexDigest(sha256, der);
    },
    get pem() {
      return toPem(der);
    },
  };
}

/** The parts of TBSCertificate without its version: serial number, signature, issuer, validity, subject, key, … */
function tbsOf(der: Uint8Array): readonly Asn1[] {
  const tbs = [...children(children(parseDer(bytesToText(der)))[0])];
  if (isContext(tbs[0], 0)) tbs.shift();
  return tbs;
}

function keyIdsOf(extensions: Extensions): Pick<CertificateInfo, 'subjectKeyId' | 'authorityKeyId'> {
  const hex = (node: Asn1 | undefined): string | undefined =>
    typeof node?.value === 'string' ? toHex(fromBinary(node.value)) : undefined;
  const authority = extensions.find('2.5.29.35');
  const parts = authority === undefined || typeof authority.value === 'string' ? [] : authority.value;
  const subjectKeyId = hex(extensions.find('2.5.29.14'));
  const authorityKeyId = hex(parts.find(part => isContext(part, 0)));
  return {
    ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
    ...(authorityKeyId === undefined ? {} : { authorityKeyId }),
  };
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

/** RFC 8017 appendix C, RFC 5758, RFC 8410. */
const signatureAlgorithms: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};

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
  if (rsaAlgorithms.has(number)) return { kind: 'rsa', bits: modulusBits(rsaNumbers(bitString).modulus) };
  if (number === '1.2.840.10045.2.1') {
    // Explicit curve parameters, which RFC 5480 forbids, have no name to show.
    const curve = parameters?.type === tags.oid ? oid(parameters) : '';
    const [name, bits] = curves[curve] ?? [curve, 0];
    return { kind: 'ec', bits, ...(name === '' ? {} : { curve: name }) };
  }
  return { kind: 'other', bits: 0 };
}

/** Of an RSA key, big-endian. */
export interface RsaNumbers {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

/** RSAPublicKey (RFC 8017 appendix A.1.1) in the BIT STRING of a key. */
function rsaNumbers(bitString: Asn1 | undefined): RsaNumbers {
  const [modulus, exponent] = children(parseDer(primitive(bitString).slice(1)));
  return { modulus: fromBinary(primitive(modulus)), exponent: fromBinary(primitive(exponent)) };
}

/** @returns undefined for a key that is not RSA */
export function rsaKeyOf({ der, key }: CertificateInfo): RsaNumbers | undefined {
  return key.kind === 'rsa' ? rsaNumbers(children(tbsOf(der)[5])[1]) : undefined;
}

/** Significant bits of a big-endian number. */
export function modulusBits(modulus: Uint8Array): number {
  const start = modulus.findIndex(byte => byte !== 0);
  return start < 0 ? 0 : (modulus.length - start - 1) * 8 + 32 - Math.clz32(modulus[start] ?? 0);
}

function hexDigest(algorithm: typeof sha256, bytes: Uint8Array): string {
  return algorithm.create().update(bytesToText(bytes)).digest().toHex().toUpperCase();
}

/** RFC 7468. */
function toPem(der: Uint8Array): string {
  const text = util.encode64(bytesToText(der), 64).replaceAll('\r', '');
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}
