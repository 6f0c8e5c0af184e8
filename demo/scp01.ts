/**
 * GlobalPlatform's Secure Channel Protocol 01 as Dogtag's TPS and the CoolKey applet speak it
 * (GlobalPlatform Card Specification 2.0.1', appendix on SCP01), with both of its sides.
 *
 * 3DES is always EDE with a 16-byte key K1‖K2, used as K1‖K2‖K1. A session has one key for
 * encryption and one for MACs; the key encryption key (KEK) stays the static one.
 */
import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { concatBytes, equalBytes } from '../src/base/bytes.js';
import { Failure } from '../src/base/failure.js';

/** A key set of the card manager: three 3DES keys of 16 bytes. */
export interface CardKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly kek: Uint8Array;
}

/** A command APDU without its coding of lengths. */
export interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

/** What INITIALIZE UPDATE answers, taken apart. */
export interface InitializeUpdateAnswer {
  /** 10 bytes; the card's CUID. */
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  /** 01 stands for SCP01. */
  readonly protocol: number;
  /** 8 bytes. */
  readonly cardChallenge: Uint8Array;
  /** 8 bytes. */
  readonly cardCryptogram: Uint8Array;
}

const blockLength = 8;
const macLength = 8;
const zeroBlock = new Uint8Array(blockLength);
const noBytes = new Uint8Array(0);

const developerKey = Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i);

/** The keys with which cards come from the factory: version 01, all three 404142…4F, not diversified. */
export const developerKeys: CardKeys = { enc: developerKey, mac: developerKey, kek: developerKey };

function threeKeys(key: Uint8Array): Uint8Array {
  if (key.length !== 16) throw new Failure('malformed-data', 'a 3DES key has 16 bytes');
  return concatBytes(key, key.subarray(0, 8));
}

function wholeBlocks(data: Uint8Array): Uint8Array {
  if (data.length % blockLength !== 0)
    throw new Failure('malformed-data', 'the data is not a whole number of 8-byte blocks');
  return data;
}

/** @throws Failure `malformed-data` unless the key has 16 bytes and the data whole blocks; so do the others. */
export function encryptEcb(key: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv('des-ede3', threeKeys(key), null).setAutoPadding(false);
  return concatBytes(cipher.update(wholeBlocks(data)), cipher.final());
}

export function decryptEcb(key: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createDecipheriv('des-ede3', threeKeys(key), null).setAutoPadding(false);
  return concatBytes(cipher.update(wholeBlocks(data)), cipher.final());
}

export function encryptCbc(key: Uint8Array, data: Uint8Array, iv: Uint8Array = zeroBlock): Uint8Array {
  const cipher = createCipheriv('des-ede3-cbc', threeKeys(key), iv).setAutoPadding(false);
  return concatBytes(cipher.update(wholeBlocks(data)), cipher.final());
}

export function decryptCbc(key: Uint8Array, data: Uint8Array, iv: Uint8Array = zeroBlock): Uint8Array {
  const cipher = createDecipheriv('des-ede3-cbc', threeKeys(key), iv).setAutoPadding(false);
  return concatBytes(cipher.update(wholeBlocks(data)), cipher.final());
}

/** Appends 80 and then zeros up to whole blocks; always at least one byte. */
export function pad80(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor(data.length / blockLength) + 1) * blockLength);
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

/** The full 3DES CBC-MAC over the padded data, 8 bytes. */
export function cbcMac(key: Uint8Array, data: Uint8Array, iv: Uint8Array = zeroBlock): Uint8Array {
  return encryptCbc(key, pad80(data), iv).slice(-macLength);
}

/** The key check value: the first 3 bytes of the encryption of a block of zeros. */
export function keyCheckValue(key: Uint8Array): Uint8Array {
  return encryptEcb(key, zeroBlock).slice(0, 3);
}

/** Encrypts a key or another secret of whole blocks with the KEK. */
export function wrapWithKek(kek: Uint8Array, secret: Uint8Array): Uint8Array {
  return encryptEcb(kek, secret);
}

export function unwrapWithKek(kek: Uint8Array, wrapped: Uint8Array): Uint8Array {
  return decryptEcb(kek, wrapped);
}

/** The session key that a static key yields for the two challenges of 8 bytes each. */
export function sessionKey(
  staticKey: Uint8Array,
  hostChallenge: Uint8Array,
  cardChallenge: Uint8Array,
): Uint8Array {
  return encryptEcb(
    staticKey,
    concatBytes(
      cardChallenge.subarray(4, 8),
      hostChallenge.subarray(0, 4),
      cardChallenge.subarray(0, 4),
      hostChallenge.subarray(4, 8),
    ),
  );
}

/**
 * The key set that VISA2 derives from a master key and the 10 bytes of key diversification data,
 * of which it takes bytes 0, 1 and 4 to 7.
 */
export function diversifyVisa2(master: Uint8Array, diversificationData: Uint8Array): CardKeys {
  const basis = concatBytes(diversificationData.subarray(0, 2), diversificationData.subarray(4, 8));
  const derive = (purpose: number): Uint8Array =>
    encryptEcb(master, concatBytes(basis, Uint8Array.of(0xf0, purpose), basis, Uint8Array.of(0x0f, purpose)));
  return { enc: derive(1), mac: derive(2), kek: derive(3) };
}

/**
 * The data of PUT KEY for a whole key set: the new version, then for ENC, MAC and KEK each
 * 81 10 key-wrapped-with-the-KEK 03 key-check-value; 67 bytes.
 */
export function putKeyData(newVersion: number, newKeys: CardKeys, kek: Uint8Array): Uint8Array {
  const field = (key: Uint8Array): Uint8Array =>
    concatBytes(Uint8Array.of(0x81, 0x10), wrapWithKek(kek, key), Uint8Array.of(3), keyCheckValue(key));
  return concatBytes(Uint8Array.of(newVersion), field(newKeys.enc), field(newKeys.mac), field(newKeys.kek));
}

/** A short command APDU of case 1 or 3. @throws Failure `malformed-data` beyond 255 bytes of data */
export function encodeCommand(command: Command): Uint8Array {
  const { cla, ins, p1, p2, data } = command;
  if (data.length > 255) throw new Failure('malformed-data', 'more than 255 bytes in a short APDU');
  return concatBytes(Uint8Array.of(cla, ins, p1, p2, data.length), data);
}

/** `80 50 version index 08 challenge`; 00/00 means the card's newest key set. */
export function initializeUpdate(hostChallenge: Uint8Array, keyVersion = 0, keyIndex = 0): Uint8Array {
  return encodeCommand({ cla: 0x80, ins: 0x50, p1: keyVersion, p2: keyIndex, data: hostChallenge });
}

/**
 * @param answer 28 bytes and 9000.
 * @throws Failure `protocol-violation` when it is anything else.
 */
export function parseInitializeUpdateAnswer(answer: Uint8Array): InitializeUpdateAnswer {
  const [keyVersion, protocol] = answer.subarray(10);
  if (
    answer.length !== 30 ||
    !equalBytes(answer.subarray(28), Uint8Array.of(0x90, 0x00)) ||
    keyVersion === undefined ||
    protocol === undefined
  )
    throw new Failure('protocol-violation', 'not an answer to INITIALIZE UPDATE');
  return {
    diversificationData: answer.slice(0, 10),
    keyVersion,
    protocol,
    cardChallenge: answer.slice(12, 20),
    cardCryptogram: answer.slice(20, 28),
  };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What both sides share: session keys, cryptograms and the chain of MACs. */
class Session {
  public readonly enc: Uint8Array;
  public readonly hostCryptogram: Uint8Array;
  public readonly cardCryptogram: Uint8Array;
  private readonly mac: Uint8Array;
  private chained: Uint8Array = zeroBlock;

  public constructor(keys: CardKeys, hostChallenge: Uint8Array, cardChallenge: Uint8Array) {
    if (hostChallenge.length !== 8 || cardChallenge.length !== 8)
      throw new Failure('malformed-data', 'a challenge has 8 bytes');
    this.enc = sessionKey(keys.enc, hostChallenge, cardChallenge);
    this.mac = sessionKey(keys.mac, hostChallenge, cardChallenge);
    this.cardCryptogram = cbcMac(this.enc, concatBytes(hostChallenge, cardChallenge));
    this.hostCryptogram = cbcMac(this.enc, concatBytes(cardChallenge, hostChallenge));
  }

  /** The MAC of the plain command, in the chain of those before; its Lc counts the MAC. */
  public macOf({ cla, ins, p1, p2, data }: Command): Uint8Array {
    const header = Uint8Array.of(cla, ins, p1, p2, data.length + macLength);
    return cbcMac(this.mac, concatBytes(header, data), this.chained);
  }

  public chain(mac: Uint8Array): void {
    this.chained = mac;
  }
}

/** The plain data as one counted field in whole blocks: a length byte, the data, 80 00… if need be. */
function countedBlocks(data: Uint8Array): Uint8Array {
  const counted = concatBytes(Uint8Array.of(data.length), data);
  return counted.length % blockLength === 0 ? counted : pad80(counted);
}

/** The longest data of a secured command: 8 bytes of MAC and the padded length field fill up 255. */
export const maximumSecuredData = 239;

/** The server's side of a channel. */
export class ScpHost {
  public readonly card: InitializeUpdateAnswer;
  private readonly session: Session;
  private readonly keys: CardKeys;

  /**
   * @param hostChallenge the 8 bytes that went out in INITIALIZE UPDATE.
   * @param answer the card's answer, with its status word.
   * @throws Failure `protocol-violation` when the answer is malformed, not SCP01, or the card
   * cryptogram shows other keys.
   */
  public constructor(keys: CardKeys, hostChallenge: Uint8Array, answer: Uint8Array) {
    this.keys = keys;
    this.card = parseInitializeUpdateAnswer(answer);
    if (this.card.protocol !== 1) throw new Failure('protocol-violation', 'the card does not speak SCP01');
    this.session = new Session(keys, hostChallenge, this.card.cardChallenge);
    if (!same(this.session.cardCryptogram, this.card.cardCryptogram))
      throw new Failure('protocol-violation', 'the card has other keys');
  }

  /** `84 82 03 00 10 cryptogram MAC`: commands will be encrypted and carry a MAC. */
  public externalAuthenticate(): Uint8Array {
    const command = { cla: 0x84, ins: 0x82, p1: 3, p2: 0, data: this.session.hostCryptogram };
    return this.protect(command, command.data);
  }

  /**
   * The secured APDU, CLA 84, for a command with at most 239 bytes of data.
   * Its MAC chains: the card must get the APDUs in the order of the calls, and all of them.
   * @throws Failure `malformed-data`
   */
  public wrap(ins: number, p1: number, p2: number, data: Uint8Array = noBytes): Uint8Array {
    if (data.length > maximumSecuredData)
      throw new Failure('malformed-data', `at most ${maximumSecuredData} bytes fit into a secured command`);
    const command = { cla: 0x84, ins, p1, p2, data };
    return this.protect(command, encryptCbc(this.session.enc, countedBlocks(data)));
  }

  /** Wraps a secret of whole blocks for the card with the KEK. */
  public wrapKey(secret: Uint8Array): Uint8Array {
    return wrapWithKek(this.keys.kek, secret);
  }

  private protect(command: Command, body: Uint8Array): Uint8Array {
    const mac = this.session.macOf(command);
    this.session.chain(mac);
    return encodeCommand({ ...command, data: concatBytes(body, mac) });
  }
}

/** What an SCP01 card knows of itself when a channel is opened. */
export interface ScpCardIdentity {
  /** 10 bytes, the CUID. */
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  readonly keys: CardKeys;
}

/** The card's side of a channel: made by INITIALIZE UPDATE, open after EXTERNAL AUTHENTICATE. */
export class ScpCard {
  /** The 28 bytes that INITIALIZE UPDATE answers, without status word. */
  public readonly answer: Uint8Array;
  private readonly session: Session;
  private readonly kek: Uint8Array;
  private level: 'none' | 'mac' | 'mac-and-encryption' = 'none';

  /**
   * @param hostChallenge 8 bytes.
   * @param cardChallenge 8 random bytes.
   * @throws Failure `malformed-data` when a challenge has another length.
   */
  public constructor(identity: ScpCardIdentity, hostChallenge: Uint8Array, cardChallenge: Uint8Array) {
    this.session = new Session(identity.keys, hostChallenge, cardChallenge);
    this.kek = identity.keys.kek;
    this.answer = concatBytes(
      identity.diversificationData,
      Uint8Array.of(identity.keyVersion, 1),
      cardChallenge,
      this.session.cardCryptogram,
    );
  }

  /** EXTERNAL AUTHENTICATE has been accepted. */
  public get open(): boolean {
    return this.level !== 'none';
  }

  /**
   * EXTERNAL AUTHENTICATE as it came: data = host cryptogram ‖ MAC, P1 = 01 (MAC) or 03 (MAC and encryption).
   * @returns whether cryptogram and MAC are right; the channel is open then.
   */
  public authenticate(command: Command): boolean {
    const cryptogram = command.data.subarray(0, 8);
    const mac = command.data.subarray(8);
    const expected = this.session.macOf({ ...command, data: cryptogram });
    if (!same(cryptogram, this.session.hostCryptogram) || !same(mac, expected)) return false;
    this.session.chain(expected);
    this.level = command.p1 === 3 ? 'mac-and-encryption' : 'mac';
    return true;
  }

  /**
   * The plain data of a secured command.
   * @returns undefined when the MAC or the encrypted field's form is wrong: the channel must be closed then.
   */
  public unwrap(command: Command): Uint8Array | undefined {
    const body = command.data.subarray(0, -macLength);
    const mac = command.data.subarray(-macLength);
    const data = this.level === 'mac-and-encryption' ? this.decrypt(body) : body;
    if (data === undefined) return undefined;
    const expected = this.session.macOf({ ...command, data });
    if (!same(mac, expected)) return undefined;
    this.session.chain(expected);
    return data;
  }

  /** Decrypts a key, or another secret of whole blocks, with the KEK. */
  public decryptSecret(wrapped: Uint8Array): Uint8Array {
    return unwrapWithKek(this.kek, wrapped);
  }

  private decrypt(body: Uint8Array): Uint8Array | undefined {
    if (body.length === 0 || body.length % blockLength !== 0) return undefined;
    const counted = decryptCbc(this.session.enc, body);
    const length = counted[0] ?? 0;
    const data = counted.slice(1, 1 + length);
    return equalBytes(countedBlocks(data), counted) ? data : undefined;
  }
}
