import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { concatBytes, equalBytes, u16 } from '../../src/base/bytes.js';
import type { Command } from '../scp01.js';
import { unpad80 } from './scp02.js';
import type { CardSession, ChannelIdentity } from './session.js';

const protocolNumber = 3;
/** Random challenges, no MACs and no encryption in answers. */
export const scp03Option = 0x00;
const blockLength = 16;
const macLength = 8;
const zeroBlock = new Uint8Array(blockLength);

/** What a derived value is for. */
const purpose = { cardCryptogram: 0, hostCryptogram: 1, enc: 4, mac: 6 } as const;

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function encryptAes(key: Uint8Array, data: Uint8Array, iv: Uint8Array = zeroBlock): Uint8Array {
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return concatBytes(cipher.update(data), cipher.final());
}

function decryptAes(key: Uint8Array, data: Uint8Array, iv: Uint8Array = zeroBlock): Uint8Array {
  const cipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return concatBytes(cipher.update(data), cipher.final());
}

/** Twice the value in GF(2^128). */
function doubled(block: Uint8Array): Uint8Array {
  const shifted = block.map((byte, i) => ((byte << 1) | ((block[i + 1] ?? 0) >> 7)) & 0xff);
  if (((block[0] ?? 0) & 0x80) !== 0) shifted[blockLength - 1] = (shifted[blockLength - 1] ?? 0) ^ 0x87;
  return shifted;
}

/** NIST SP 800-38B with AES-128, 16 bytes. */
export function aesCmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const whole = data.length > 0 && data.length % blockLength === 0;
  const padded = new Uint8Array(Math.max(1, Math.ceil(data.length / blockLength)) * blockLength);
  padded.set(data);
  if (!whole) padded[data.length] = 0x80;
  const subkey = doubled(encryptAes(key, zeroBlock));
  const mask = whole ? subkey : doubled(subkey);
  const last = padded.length - blockLength;
  mask.forEach((byte, i) => (padded[last + i] = (padded[last + i] ?? 0) ^ byte));
  return encryptAes(key, padded).slice(-blockLength);
}

/** The first 3 bytes of the encryption of a block of 01. */
export function aesKeyCheckValue(key: Uint8Array): Uint8Array {
  return encryptAes(key, new Uint8Array(blockLength).fill(1)).slice(0, 3);
}

/** NIST SP 800-108 in counter mode with AES-CMAC, for one block. */
function derive(key: Uint8Array, constant: number, bits: number, context: Uint8Array): Uint8Array {
  const label = concatBytes(new Uint8Array(11), Uint8Array.of(constant));
  return aesCmac(key, concatBytes(label, Uint8Array.of(0), u16(bits), Uint8Array.of(1), context)).slice(
    0,
    bits / 8,
  );
}

/** The card's side of SCP03 with AES-128 and 8-byte MACs (GlobalPlatform Card Specification, amendment D). */
export class Scp03Card implements CardSession {
  public readonly answer: Uint8Array;
  private readonly enc: Uint8Array;
  private readonly mac: Uint8Array;
  private readonly dek: Uint8Array;
  private readonly hostCryptogram: Uint8Array;
  private chained: Uint8Array = zeroBlock;
  private level: 'none' | 'mac' | 'mac-and-encryption' = 'none';
  private commands = 0;

  /** @param cardChallenge 8 bytes. */
  public constructor(identity: ChannelIdentity, hostChallenge: Uint8Array, cardChallenge: Uint8Array) {
    const { keys, keyVersion, diversificationData } = identity;
    const context = concatBytes(hostChallenge, cardChallenge);
    this.enc = derive(keys.enc, purpose.enc, 128, context);
    this.mac = derive(keys.mac, purpose.mac, 128, context);
    this.dek = keys.kek;
    this.hostCryptogram = derive(this.mac, purpose.hostCryptogram, 64, context);
    this.answer = concatBytes(
      diversificationData,
      Uint8Array.of(keyVersion, protocolNumber, scp03Option),
      cardChallenge,
      derive(this.mac, purpose.cardCryptogram, 64, context),
    );
  }

  public get open(): boolean {
    return this.level !== 'none';
  }

  public authenticate(command: Command): boolean {
    const body = this.authentic(command);
    if (body === undefined || !same(body, this.hostCryptogram)) return false;
    this.level = command.p1 === 3 ? 'mac-and-encryption' : 'mac';
    return true;
  }

  public unwrap(command: Command): Uint8Array | undefined {
    this.commands += 1;
    const body = this.authentic(command);
    if (body === undefined || body.length === 0 || this.level === 'mac') return body;
    if (body.length % blockLength !== 0) return undefined;
    const counter = concatBytes(new Uint8Array(blockLength - 2), u16(this.commands));
    return unpad80(decryptAes(this.enc, body, encryptAes(this.enc, counter)));
  }

  public decryptSecret(wrapped: Uint8Array): Uint8Array {
    return decryptAes(this.dek, wrapped);
  }

  /** The command's data without its MAC, undefined where that is wrong. */
  private authentic({ cla, ins, p1, p2, data }: Command): Uint8Array | undefined {
    const body = data.subarray(0, -macLength);
    const expected = aesCmac(
      this.mac,
      concatBytes(this.chained, Uint8Array.of(cla, ins, p1, p2, data.length), body),
    );
    if (!equalBytes(data.subarray(-macLength), expected.subarray(0, macLength))) return undefined;
    this.chained = expected;
    return body;
  }
}
