import { createPublicKey, verify } from 'node:crypto';
import { ByteReader, concatBytes } from '../../src/base/bytes.js';
import { asFailure } from '../../src/base/failure.js';
import { cardRefusal, endOpCode } from './refusals.js';

const step = 'START ENROLL';
const plainKey = 0x00;
const rsaPublicKey = 0x01;

/**
 * Checks what START ENROLL leaves in the I/O buffer, and takes the public key out of it.
 * @param result blob-length2 blob proof-length2 proof; the blob is 00 01 bits2 length2 modulus length2
 * exponent, the proof the new key's RSA signature (PKCS#1 1.5, SHA-1) over blob and challenge.
 * @param challenge 16 bytes, in the clear.
 * @returns SubjectPublicKeyInfo, DER.
 * @throws Failure `card-refused` 7 when it is anything else or the proof is wrong.
 */
export function parseKeyProof(result: Uint8Array, bits: number, challenge: Uint8Array): Uint8Array {
  const { blob, proof, modulus, exponent } = readResult(result, bits);
  const key = createPublicKey({
    key: {
      kty: 'RSA',
      n: Buffer.from(modulus).toString('base64url'),
      e: Buffer.from(exponent).toString('base64url'),
    },
    format: 'jwk',
  });
  if (!verify('sha1', concatBytes(blob, challenge), key, proof))
    throw cardRefusal(endOpCode.enrollment, step, 'the proof of the new key is wrong');
  return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
}

interface KeyResult {
  readonly blob: Uint8Array;
  readonly proof: Uint8Array;
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

function readResult(result: Uint8Array, bits: number): KeyResult {
  try {
    const reader = new ByteReader(result);
    const blob = reader.take(reader.u16());
    const proof = reader.take(reader.u16());
    const key = new ByteReader(blob);
    const right = key.u8() === plainKey && key.u8() === rsaPublicKey && key.u16() === bits;
    const modulus = key.take(key.u16());
    const exponent = key.take(key.u16());
    if (!right || modulus.length !== bits / 8 || (modulus[0] ?? 0) < 0x80)
      throw cardRefusal(endOpCode.enrollment, step, 'another kind of key than was asked for');
    return { blob, proof, modulus, exponent };
  } catch (error) {
    throw cardRefusal(endOpCode.enrollment, step, asFailure(error).detail);
  }
}
