import { timingSafeEqual } from 'node:crypto';
import { concatBytes, u16 } from '../../src/base/bytes.js';
import { cbcMac, decryptCbc, decryptEcb, encryptCbc, encryptEcb, pad80, type Command } from '../scp01.js';
import type { CardSession, ChannelIdentity } from './session.js';

const protocolNumber = 2;
const blockLength = 8;
const macLength = 8;
const zeroBlock = new Uint8Array(blockLength);

const constants = { mac: 0x0101, dek: 0x0181, enc: 0x0182 } as const;

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The session key for a purpose: the static key over constant, sequence counter and zeros. */
function sessionKey(key: Uint8Array, constant: number, sequence: number): Uint8Array {
  return encryptCbc(key, concatBytes(u16(constant), u16(sequence), new Uint8Array(12)));
}

/** The first half of a 3DES key as a key for single DES: EDE with three equal keys. */
function singleDesKey(key: Uint8Array): Uint8Array {
  return concatBytes(key.subarray(0, blockLength), key.subarray(0, blockLength));
}

/** ISO 9797-1 MAC algorithm 3 over the padded data: DES, and 3DES for the last block. */
export function retailMac(key: Uint8Array, data: Uint8Array, iv: Uint8Array = zeroBlock): Uint8Array {
  const padded = pad80(data);
  const before = padded.subarray(0, -blockLength);
  const chained = before.length === 0 ? iv : encryptCbc(singleDesKey(key), before, iv).subarray(-blockLength);
  return encryptCbc(key, padded.subarray(-blockLength), chained);
}

/** @returns undefined where it was not padded with 80 and zeros. */
export function unpad80(padded: Uint8Array): Uint8Array | undefined {
  const end = padded.lastIndexOf(0x80);
  return end >= 0 && padded.subarray(end + 1).every(byte => byte === 0) ? padded.slice(0, end) : undefined;
}

/**
 * The card's side of SCP02 with option i = 15: three static keys, explicit initiation, MACs over the modified
 * command with an encrypted chaining value (GlobalPlatform Card Specification 2.1.1, appendix E).
 */
export class Scp02Card implements CardSession {
  public readonly answer: Uint8Array;
  private readonly enc: Uint8Array;
  private readonly mac: Uint8Array;
  private readonly dek: Uint8Array;
  private readonly hostCryptogram: Uint8Array;
  private chained: Uint8Array | undefined;
  private encrypted = false;

  /** @param cardChallenge 6 bytes. */
  public constructor(identity: ChannelIdentity, hostChallenge: Uint8Array, cardChallenge: Uint8Array) {
    const { keys, keyVersion, sequence, diversificationData } = identity;
    this.enc = sessionKey(keys.enc, constants.enc, sequence);
    this.mac = sessionKey(keys.mac, constants.mac, sequence);
    this.dek = sessionKey(keys.kek, constants.dek, sequence);
    const challenge = concatBytes(u16(sequence), cardChallenge);
    this.hostCryptogram = cbcMac(this.enc, concatBytes(challenge, hostChallenge));
    this.answer = concatBytes(
      diversificationData,
      Uint8Array.of(keyVersion, protocolNumber),
      challenge,
      cbcMac(this.enc, concatBytes(hostChallenge, challenge)),
    );
  }

  public get open(): boolean {
    return this.chained !== undefined;
  }

  public authenticate(command: Command): boolean {
    const cryptogram = command.data.subarray(0, macLength);
    const expected = this.macOf(command, cryptogram);
    if (!same(cryptogram, this.hostCryptogram) || !same(command.data.subarray(macLength), expected))
      return false;
    this.chained = expected;
    this.encrypted = command.p1 === 3;
    return true;
  }

  public unwrap(command: Command): Uint8Array | undefined {
    const body = command.data.subarray(0, -macLength);
    const data = this.encrypted ? this.decrypt(body) : body;
    if (data === undefined) return undefined;
    const expected = this.macOf(command, data);
    if (!same(command.data.subarray(-macLength), expected)) return undefined;
    this.chained = expected;
    return data;
  }

  public decryptSecret(wrapped: Uint8Array): Uint8Array {
    return decryptEcb(this.dek, wrapped);
  }

  private macOf({ cla, ins, p1, p2 }: Command, plain: Uint8Array): Uint8Array {
    const iv = this.chained === undefined ? zeroBlock : encryptEcb(singleDesKey(this.mac), this.chained);
    const header = Uint8Array.of(cla, ins, p1, p2, plain.length + macLength);
    return retailMac(this.mac, concatBytes(header, plain), iv);
  }

  /** Commands without data come as they are, or (so does Dogtag's TPS) with a block of padding. */
  private decrypt(body: Uint8Array): Uint8Array | undefined {
    if (body.length === 0) return body;
    return body.length % blockLength === 0 ? unpad80(decryptCbc(this.enc, body)) : undefined;
  }
}
