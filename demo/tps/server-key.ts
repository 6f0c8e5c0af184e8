/** A key pair that the server makes, keeps a copy of and sends to the card. */
import { createCipheriv, generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { concatBytes, u16, u32 } from '../../src/base/bytes.js';
import { keyCheckValue } from '../scp01.js';

export type KeyBits = 1024 | 2048;

/** The object through which a wrapped private key reaches the card. */
export const keyObjectId = 0xff00fff3;

export interface ServerKeyPair {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
}

/** A private key as IMPORT KEY takes it. */
export interface WrappedKey {
  /** What goes into the object FF00FFF3: 01 09 bits2, then the encrypted PKCS#8. */
  readonly object: Uint8Array;
  /** The data of IMPORT KEY: object4 81 10 wrapped-key16 03 key-check-value3 08 iv8. */
  readonly importData: Uint8Array;
}

const encrypted = 0x01;
const rsaPkcs8Pair = 0x09;

export async function generateServerKey(bits: KeyBits): Promise<ServerKeyPair> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return { publicKey: new Uint8Array(pair.publicKey), privateKey: new Uint8Array(pair.privateKey) };
}

/**
 * Encrypts the private key with a fresh 3DES key (CBC, PKCS#5 padding), and that key for the card.
 * @param wrapForCard encrypts 16 bytes with the card's KEK.
 */
export function wrapServerKey(
  privateKey: Uint8Array,
  bits: KeyBits,
  wrapForCard: (key: Uint8Array) => Uint8Array,
): WrappedKey {
  const key = new Uint8Array(randomBytes(16));
  const iv = new Uint8Array(randomBytes(8));
  const cipher = createCipheriv('des-ede3-cbc', concatBytes(key, key.subarray(0, 8)), iv);
  return {
    object: concatBytes(
      Uint8Array.of(encrypted, rsaPkcs8Pair),
      u16(bits),
      cipher.update(privateKey),
      cipher.final(),
    ),
    importData: concatBytes(
      u32(keyObjectId),
      Uint8Array.of(0x81, 16),
      wrapForCard(key),
      Uint8Array.of(3),
      keyCheckValue(key),
      Uint8Array.of(8),
      iv,
    ),
  };
}
