import { fromBinary, oid, tags } from './der.js';
import type { Asn1 } from './der.js';

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

/** By the names of RFC 5280 §4.2.1.3. */
export function readKeyUsage(node: Asn1 | undefined): string[] {
  if (node === undefined || typeof node.value !== 'string') return [];
  return setBits(node.value, keyUsages);
}

/** The names of the bits that are set in a BIT STRING, whose first byte counts unused bits. */
export function setBits(bitString: string, names: readonly string[]): string[] {
  const bits = fromBinary(bitString).subarray(1);
  return names.filter((_, i) => (((bits[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1);
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

/** Names of RFC 5280 §4.2.1.12 and of well-known others; the OID where there is none. */
export function readExtendedKeyUsage(node: Asn1 | undefined): string[] {
  if (node === undefined || typeof node.value === 'string') return [];
  return node.value
    .filter(part => typeof part.value === 'string')
    .map(part => oid(part))
    .map(number => extendedKeyUsages[number] ?? number);
}

export function readIsCa(node: Asn1 | undefined): boolean {
  if (node === undefined || typeof node.value === 'string') return false;
  const first = node.value[0];
  return first?.type === tags.boolean && typeof first.value === 'string' && first.value !== '\0';
}
