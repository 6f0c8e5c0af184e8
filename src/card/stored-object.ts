import type { Failure } from '../base/failure.js';

/** Bytes; those of PIV and TPS have 1 to 3 KiB. */
export const maxCertificateLength = 0x8000;

/** What a key may do, as PKCS#11 names it. */
export type KeyUse =
  | 'encrypt'
  | 'decrypt'
  | 'wrap'
  | 'unwrap'
  | 'sign'
  | 'sign-recover'
  | 'verify'
  | 'verify-recover'
  | 'derive';

export type ObjectClass = 'certificate' | 'public-key' | 'private-key';

/** A PKCS#11 object as a CoolKey card keeps it, whatever form it is stored in. */
export interface StoredObject {
  /** Its two-character name on the card: c1, k2. */
  readonly name: string;
  readonly objectClass: ObjectClass;
  /** The same for a certificate and its two keys: what PKCS#11 calls CKA_ID, in hexadecimal. */
  readonly id: string;
  readonly uses: readonly KeyUse[];
  /** Empty where there is none. */
  readonly label: string;
  readonly keyType?: 'rsa' | 'ec';
  /** Of a certificate: DER. */
  readonly value?: Uint8Array;
  /** Of an RSA key: big-endian. */
  readonly modulus?: Uint8Array;
}

/** What was found, and what was there but could not be used. */
export interface StoredObjects {
  readonly objects: readonly StoredObject[];
  readonly problems: readonly Failure[];
}

/** PKCS#11 attribute types (CKA_…) that cards use. */
export const attributeTypes = {
  class: 0x000,
  label: 0x003,
  value: 0x011,
  keyType: 0x100,
  id: 0x102,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  sign: 0x108,
  signRecover: 0x109,
  verify: 0x10a,
  verifyRecover: 0x10b,
  derive: 0x10c,
  modulus: 0x120,
} as const;

/** CKO_ values. */
export const objectClasses: ReadonlyMap<number, ObjectClass> = new Map([
  [1, 'certificate'],
  [2, 'public-key'],
  [3, 'private-key'],
]);

/** CKK_ values. */
export const keyTypes: ReadonlyMap<number, 'rsa' | 'ec'> = new Map([
  [0, 'rsa'],
  [3, 'ec'],
]);
