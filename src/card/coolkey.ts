import { ByteReader, concatBytes, u32 } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import {
  buildCommand,
  exchange,
  isSuccess,
  requireSuccess,
  selectCommand,
  statusWord,
  statusWords,
} from './apdu.js';
import type { CardChannel } from './channel.js';

/** The instance that TPS installs. */
export const coolKeyAid = Uint8Array.of(0x62, 0x76, 0x01, 0xff, 0x00, 0x00, 0x00);

/** Life cycle states that the program knows; others exist (7F blocked, FF locked). */
export const lifeCycles = { installed: 0x03, selectable: 0x07, personalized: 0x0f } as const;

/** The answer to GET LIFE CYCLE. */
export interface LifeCycle {
  readonly state: number;
  /** A PIN was created; absent on applets that answer the state alone. */
  readonly pinEnabled?: boolean;
  /** Such as 1.1; absent as above. */
  readonly protocolVersion?: string;
}

/** The answer to GET STATUS. */
export interface AppletStatus {
  readonly protocolVersion: string;
  /** Without the build id, such as 1.4. */
  readonly appletVersion: string;
  /** Bytes of the applet's object memory. */
  readonly totalMemory: number;
  readonly freeMemory: number;
  readonly pins: number;
  /** Cleared slots count too. */
  readonly keys: number;
}

export interface ObjectEntry {
  /** 4 bytes; the first two are mostly ASCII. */
  readonly id: Uint8Array;
  /** Bytes. */
  readonly size: number;
}

export interface KeySlot {
  readonly number: number;
  /** Known of RSA keys alone. */
  readonly part: 'public' | 'private' | 'unknown';
  /** Modulus bits. */
  readonly bits: number;
}

/** The type byte of LIST KEYS: RSA public, private, private in CRT form. */
const rsaParts: Readonly<Record<number, KeySlot['part']>> = { 1: 'public', 2: 'private', 3: 'private' };

const maxObjects = 256;
const maxKeys = 32;
/** The applet keeps an object's size in a signed u16. */
export const maxObjectLength = 0x7fff;
/** Bytes by READ OBJECT; other clients of these cards use it too. */
const readLength = 240;
const anonymous = new Uint8Array(8);
const issuerInfoLength = 0xe0;

/**
 * The CoolKey applet, selected, as it answers without a PIN. Another program may select another applet
 * between two calls unless a transaction is held.
 * Each method throws Failure `card-refused` (with the status word), `malformed-data`, or what the channel throws.
 */
export class CoolKeyApplet {
  private constructor(private readonly channel: CardChannel) {}

  /** @returns undefined when the card does not have the applet. */
  public static async select(channel: CardChannel): Promise<CoolKeyApplet | undefined> {
    const answer = await exchange(channel, selectCommand(coolKeyAid));
    return isSuccess(answer) ? new CoolKeyApplet(channel) : undefined;
  }

  /** GET LIFE CYCLE: state, PIN enabled, protocol major and minor; 1 byte alone on some applets. */
  public async lifeCycle(): Promise<LifeCycle> {
    const data = await this.get(0xf2, 4, 'GET LIFE CYCLE');
    const state = new ByteReader(data).u8();
    const [, pin, major, minor] = data;
    if (pin === undefined || major === undefined || minor === undefined) return { state };
    return { state, pinEnabled: (pin & 1) === 1, protocolVersion: `${major}.${minor}` };
  }

  /** GET BUILD ID: 4 bytes as 8 lower-case hexadecimal digits, as TPS writes it in the applet's version. */
  public async buildId(): Promise<string> {
    const id = new ByteReader(await this.get(0x70, 4, 'GET BUILD ID')).u32();
    return id.toString(16).padStart(8, '0');
  }

  /**
   * GET STATUS: protocol major, minor, applet major, minor, total memory u32, free memory u32,
   * number of PINs, number of keys, u16 identities logged in.
   */
  public async status(): Promise<AppletStatus> {
    const reader = new ByteReader(await this.get(0x3c, 16, 'GET STATUS'));
    const version = (): string => `${reader.u8()}.${reader.u8()}`;
    return {
      protocolVersion: version(),
      appletVersion: version(),
      totalMemory: reader.u32(),
      freeMemory: reader.u32(),
      pins: reader.u8(),
      keys: reader.u8(),
    };
  }

  /**
   * The Phone Home URL: issuer info up to its first NUL, 224 bytes at most.
   * @returns undefined when it is empty or no http(s) URL in printable ASCII.
   */
  public async issuerUrl(): Promise<string | undefined> {
    const data = await this.get(0xf6, issuerInfoLength, 'GET ISSUER INFO');
    const end = data.indexOf(0);
    const text = String.fromCharCode(...data.subarray(0, end < 0 ? issuerInfoLength : end)).trim();
    return /^https?:\/\/[\x21-\x7e]+$/i.test(text) ? text : undefined;
  }

  /** LIST PINS: bit n for PIN n. */
  public async pinMask(): Promise<number> {
    return new ByteReader(await this.get(0x48, 2, 'LIST PINS')).u16();
  }

  /** LIST OBJECTS. @param limit how many are wanted at most; a card that lists more than 256 is in error. */
  public async listObjects(limit = maxObjects): Promise<ObjectEntry[]> {
    const entries: ObjectEntry[] = [];
    while (entries.length < limit) {
      const p1 = entries.length === 0 ? 0 : 1;
      const answer = await exchange(this.channel, buildCommand({ cla: 0xb0, ins: 0x58, p1 }, undefined, 14));
      if (statusWord(answer) === statusWords.sequenceEnd) return entries;
      const reader = new ByteReader(requireSuccess(answer, 'LIST OBJECTS'));
      const id = reader.take(4).slice();
      entries.push({ id, size: reader.u32() });
    }
    if (limit === maxObjects)
      throw new Failure('protocol-violation', `the card lists more than ${limit} objects`);
    return entries;
  }

  /** LIST KEYS. The end is an answer without data. */
  public async listKeys(): Promise<KeySlot[]> {
    const slots: KeySlot[] = [];
    for (;;) {
      const p1 = slots.length === 0 ? 0 : 1;
      const answer = await exchange(this.channel, buildCommand({ cla: 0xb0, ins: 0x3a, p1 }, undefined, 11));
      const data = requireSuccess(answer, 'LIST KEYS');
      if (data.length === 0) return slots;
      if (slots.length === maxKeys)
        throw new Failure('protocol-violation', `the card lists more than ${maxKeys} keys`);
      const reader = new ByteReader(data);
      const number = reader.u8();
      const part = rsaParts[reader.u8()] ?? 'unknown';
      reader.take(1);
      slots.push({ number, part, bits: reader.u16() });
    }
  }

  /**
   * READ OBJECT from `offset` on, in pieces.
   * @returns undefined when the card has no such object; else exactly `length` bytes.
   */
  public async readObject(id: Uint8Array, offset: number, length: number): Promise<Uint8Array | undefined> {
    if (offset + length > maxObjectLength)
      throw new Failure(
        'malformed-data',
        `an object of ${offset + length} bytes, more than such a card can hold`,
      );
    const pieces: Uint8Array[] = [];
    for (let done = 0; done < length; done += readLength) {
      const wanted = Math.min(readLength, length - done);
      const data = concatBytes(id, u32(offset + done), Uint8Array.of(wanted), anonymous);
      // Without Le under T=1 too: the applet answers, and its oldest clients never send one.
      const answer = await exchange(this.channel, buildCommand({ cla: 0xb0, ins: 0x56 }, data));
      if (statusWord(answer) === statusWords.objectNotFound) return undefined;
      const piece = requireSuccess(answer, 'READ OBJECT');
      if (piece.length !== wanted)
        throw new Failure('malformed-data', `READ OBJECT gave ${piece.length} bytes instead of ${wanted}`);
      pieces.push(piece);
    }
    return concatBytes(...pieces);
  }

  private async get(ins: number, le: number, step: string): Promise<Uint8Array> {
    const answer = await exchange(this.channel, buildCommand({ cla: 0xb0, ins }, undefined, le));
    return requireSuccess(answer, step);
  }
}
