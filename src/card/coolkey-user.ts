import { ByteReader, concatBytes, u16, u32 } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { buildCommand, exchange, requireSuccess, statusWord, statusWords } from './apdu.js';
import type { CommandHeader } from './apdu.js';
import type { CardChannel } from './channel.js';

/** Bytes that the applet takes for a PIN. */
export const pinLengths = { minimum: 4, maximum: 16 } as const;
/** The user's PIN among the applet's eight. */
const userPin = 0;

const nonceLength = 8;
/** The applet's I/O buffer, which READ and WRITE OBJECT know by this id. */
const ioBuffer = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
/** What WRITE OBJECT takes besides the id, the offset, the length and the nonce. */
const writeLength = 220;
const readLength = 240;
/** COMPUTE CRYPT: P2 one step; RSA without padding, direction decrypt, which is the private key's one operation. */
const oneStep = 4;
const rsaPrivate = Uint8Array.of(0, 4);
const location = { apdu: 1, ioBuffer: 2 } as const;
/** Bytes of the longest block that COMPUTE CRYPT takes in the APDU itself. */
const longestInApdu = 200;

/**
 * How many wrong PINs the applet still takes (TRIES LEFT).
 * @returns undefined where the applet is too old to tell.
 * @throws Failure `card-refused`, `malformed-data`, of the channel
 */
export async function triesLeft(channel: CardChannel): Promise<number | undefined> {
  const answer = await exchange(channel, buildCommand({ cla: 0xb0, ins: 0x4a, p1: userPin }, undefined, 1));
  if (statusWord(answer) === statusWords.instructionNotSupported) return undefined;
  return new ByteReader(requireSuccess(answer, 'TRIES LEFT')).u8();
}

/**
 * Sets a new PIN by the old one; who was logged in by it no longer is.
 * `oldLength1 old newLength1 new`
 * @throws Failure `pin-wrong`, `pin-blocked`, `card-refused`, of the channel
 */
export async function changePin(channel: CardChannel, old: Uint8Array, next: Uint8Array): Promise<void> {
  const data = concatBytes(Uint8Array.of(old.length), old, Uint8Array.of(next.length), next);
  await sendSecret(channel, { cla: 0xb0, ins: 0x44, p1: userPin }, data, 'CHANGE PIN');
}

/**
 * The selected CoolKey applet for one who knows the PIN. The caller holds a transaction, and logs out at the end.
 * Each method throws Failure `card-refused`, `malformed-data`, or what the channel throws.
 */
export class CoolKeyUser {
  private constructor(
    private readonly channel: CardChannel,
    private readonly nonce: Uint8Array,
  ) {}

  /** VERIFY PIN. @throws Failure `pin-wrong`, `pin-blocked`; as above */
  public static async logIn(channel: CardChannel, pin: Uint8Array): Promise<CoolKeyUser> {
    const answer = await sendSecret(channel, { cla: 0xb0, ins: 0x42, p1: userPin }, pin, 'VERIFY PIN');
    return new CoolKeyUser(channel, new ByteReader(answer).take(nonceLength).slice());
  }

  /**
   * COMPUTE CRYPT: the private key's operation on a block, which the caller has padded.
   * @param block as long as the modulus
   * @returns as many bytes
   */
  public async compute(key: number, block: Uint8Array): Promise<Uint8Array> {
    if (block.length <= longestInApdu) {
      const data = concatBytes(rsaPrivate, Uint8Array.of(location.apdu), u16(block.length), block);
      return lengthAndValue(await this.send(0x36, key, oneStep, data, 'COMPUTE CRYPT'));
    }
    await this.writeBuffer(concatBytes(u16(block.length), block));
    const data = concatBytes(rsaPrivate, Uint8Array.of(location.ioBuffer, 0, 0));
    await this.send(0x36, key, oneStep, data, 'COMPUTE CRYPT');
    return lengthAndValue(await this.readBuffer(2 + block.length));
  }

  /** Takes this login back; those of other programs stay. */
  public async logOut(): Promise<void> {
    await this.send(0x61, userPin, 0, new Uint8Array(), 'LOGOUT');
    this.nonce.fill(0);
  }

  private async writeBuffer(content: Uint8Array): Promise<void> {
    for (let offset = 0; offset < content.length; offset += writeLength) {
      const piece = content.subarray(offset, offset + writeLength);
      const data = concatBytes(ioBuffer, u32(offset), Uint8Array.of(piece.length), piece);
      await this.send(0x54, 0, 0, data, 'WRITE OBJECT');
    }
  }

  private async readBuffer(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let offset = 0; offset < length; offset += readLength) {
      const wanted = Math.min(readLength, length - offset);
      const data = concatBytes(ioBuffer, u32(offset), Uint8Array.of(wanted));
      const piece = await this.send(0x56, 0, 0, data, 'READ OBJECT');
      if (piece.length !== wanted)
        throw new Failure('malformed-data', `READ OBJECT gave ${piece.length} bytes instead of ${wanted}`);
      pieces.push(piece);
    }
    return concatBytes(...pieces);
  }

  /** With the nonce behind the data, and without Le: the applet answers without under T=1 too. */
  private async send(
    ins: number,
    p1: number,
    p2: number,
    data: Uint8Array,
    step: string,
  ): Promise<Uint8Array> {
    const command = buildCommand({ cla: 0xb0, ins, p1, p2 }, concatBytes(data, this.nonce));
    return requireSuccess(await exchange(this.channel, command), step);
  }
}

/** Sends a command that holds a PIN; no copy of it stays here. */
async function sendSecret(
  channel: CardChannel,
  header: CommandHeader,
  data: Uint8Array,
  step: string,
): Promise<Uint8Array> {
  const command = buildCommand(header, data);
  try {
    const answer = await exchange(channel, command);
    const sw = statusWord(answer);
    if (sw === statusWords.wrongPin)
      throw new Failure('pin-wrong', `${step}: the card answered 9C02`, { result: '9C02', step });
    if (sw === statusWords.pinBlocked)
      throw new Failure('pin-blocked', `${step}: the card answered 9C0C`, {
        result: '9C0C',
        step,
        triesLeft: 0,
      });
    return requireSuccess(answer, step);
  } finally {
    command.fill(0);
  }
}

/** `length2 value` */
function lengthAndValue(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  return reader.take(reader.u16());
}
