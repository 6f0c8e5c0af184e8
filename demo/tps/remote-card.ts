/** The card as the server sees it, through the client: its commands and the secure channel. */
import { randomBytes } from 'node:crypto';
import { concatBytes, fromHex, toHex, u16, u32 } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { ScpHost, initializeUpdate } from '../scp01.js';
import type { CardKeys } from '../scp01.js';
import { endOpCode, cardRefusal, insistOnSuccess, parseAnswer } from './refusals.js';
import type { CardAnswer } from './refusals.js';

export const aid = {
  cardManager: fromHex('A0000000030000'),
  applet: fromHex('627601FF000000'),
  appletPackage: fromHex('627601FF0000'),
} as const;

/** Most bytes of an object in one command. */
export const pieceSize = 0xd0;

const command = {
  lifecycle: fromHex('B0F2000001'),
  cplc: fromHex('80CA9F7F2D'),
  cardData: fromHex('80CA00662D'),
  keyInformation: fromHex('80CA00E02D'),
  status: fromHex('B03C000010'),
  buildId: fromHex('B070000004'),
} as const;

/** What TPS learns of a card before it does anything to it. */
export interface AppletInfo {
  /** 10 bytes. */
  readonly cuid: Uint8Array;
  /** Such as `1.4.58768072`; undefined without an applet. */
  readonly version: string | undefined;
  /** Bytes of object memory; 0 without an applet. */
  readonly totalMemory: number;
}

export interface ListedObject {
  readonly id: number;
  /** Bytes. */
  readonly size: number;
}

/** Read, write and delete rights of an object. */
export type ObjectAcl = readonly [read: number, write: number, remove: number];

function* pieces(length: number): Generator<{ readonly offset: number; readonly size: number }> {
  for (let offset = 0; offset < length; offset += pieceSize)
    yield { offset, size: Math.min(pieceSize, length - offset) };
}

/** Brings a command to the card and its answer back: a Session, or a test's stand-in. */
export interface Transmitter {
  transmit(pdu: Uint8Array): Promise<Uint8Array>;
}

export class RemoteCard {
  private askedForProtocol = false;

  public constructor(
    private readonly client: Transmitter,
    private readonly keys: CardKeys,
  ) {}

  public async send(apdu: Uint8Array): Promise<CardAnswer> {
    return parseAnswer(await this.client.transmit(apdu));
  }

  public async select(application: Uint8Array): Promise<CardAnswer> {
    const header = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, application.length);
    return this.send(concatBytes(header, application));
  }

  /** @throws Failure `card-refused` 45 */
  public async selectOrFail(application: Uint8Array): Promise<void> {
    insistOnSuccess(await this.select(application), endOpCode.cannotCommunicate, 'SELECT');
  }

  /** The applet's life cycle byte; undefined where there is no applet. */
  public async lifecycle(): Promise<number | undefined> {
    await this.select(aid.applet);
    const answer = await this.send(command.lifecycle);
    return answer.ok ? answer.data[0] : undefined;
  }

  /**
   * CPLC, status and build id, each behind its SELECT.
   * @throws Failure `card-refused` 45 without a card manager, 17 without CPLC.
   */
  public async readAppletInfo(): Promise<AppletInfo> {
    await this.selectOrFail(aid.cardManager);
    const cplc = await this.send(command.cplc);
    if (!cplc.ok || cplc.data.length !== 45)
      throw cardRefusal(endOpCode.secureChannel, 'GET DATA', 'the card has no CPLC');
    const cuid = concatBytes(
      cplc.data.subarray(3, 7),
      cplc.data.subarray(19, 21),
      cplc.data.subarray(15, 19),
    );
    await this.select(aid.applet);
    const status = await this.send(command.status);
    const buildId = await this.readBuildId();
    return { cuid, ...describeApplet(status, buildId) };
  }

  /** 4 bytes; undefined where there is no applet. */
  public async readBuildId(): Promise<Uint8Array | undefined> {
    await this.select(aid.applet);
    const answer = await this.send(command.buildId);
    return answer.ok ? answer.data : undefined;
  }

  /** Asks once a session which secure channel protocol the card has: all but SCP01 is refused. */
  public async askForProtocol(): Promise<void> {
    if (this.askedForProtocol) return;
    this.askedForProtocol = true;
    await this.select(aid.cardManager);
    const cardData = await this.send(command.cardData);
    if (cardData.ok) await this.send(command.keyInformation);
  }

  /**
   * INITIALIZE UPDATE and EXTERNAL AUTHENTICATE to the selected application.
   * @throws Failure `card-refused` 17
   */
  public async openChannel(): Promise<SecureChannel> {
    const challenge = new Uint8Array(randomBytes(8));
    const answer = await this.client.transmit(initializeUpdate(challenge));
    const step = 'INITIALIZE UPDATE';
    insistOnSuccess(parseAnswer(answer), endOpCode.secureChannel, step);
    const host = this.hostSide(challenge, answer);
    insistOnSuccess(
      await this.send(host.externalAuthenticate()),
      endOpCode.secureChannel,
      'EXTERNAL AUTHENTICATE',
    );
    return new SecureChannel(this, host);
  }

  /** One entry of LIST OBJECTS; undefined at the end. */
  public async listObject(next: boolean): Promise<ListedObject | undefined> {
    const answer = await this.send(Uint8Array.of(0xb0, 0x58, next ? 1 : 0, 0x00, 0x0e));
    if (!answer.ok || answer.data.length < 8) return undefined;
    const view = new DataView(answer.data.buffer, answer.data.byteOffset, 8);
    return { id: view.getUint32(0), size: view.getUint32(4) };
  }

  private hostSide(challenge: Uint8Array, answer: Uint8Array): ScpHost {
    try {
      return new ScpHost(this.keys, challenge, answer);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw cardRefusal(endOpCode.secureChannel, 'INITIALIZE UPDATE', error.detail);
    }
  }
}

function describeApplet(
  status: CardAnswer,
  buildId: Uint8Array | undefined,
): Pick<AppletInfo, 'version' | 'totalMemory'> {
  if (!status.ok || status.data.length < 16 || buildId === undefined)
    return { version: undefined, totalMemory: 0 };
  const [major = 0, minor = 0] = status.data.subarray(2);
  const view = new DataView(status.data.buffer, status.data.byteOffset);
  return {
    version: `${major}.${minor}.${toHex(buildId).toLowerCase()}`,
    totalMemory: view.getUint32(4),
  };
}

/** Commands under MAC and encryption, to the application that was selected when it was opened. */
export class SecureChannel {
  public constructor(
    private readonly card: RemoteCard,
    private readonly host: ScpHost,
  ) {}

  public async send(ins: number, p1: number, p2: number, data?: Uint8Array): Promise<CardAnswer> {
    return this.card.send(this.host.wrap(ins, p1, p2, data));
  }

  /** Encrypts 16 bytes with the card's KEK. */
  public wrapKey(key: Uint8Array): Uint8Array {
    return this.host.wrapKey(key);
  }

  public async delete(application: Uint8Array): Promise<CardAnswer> {
    const tag = Uint8Array.of(0x4f, application.length);
    return this.send(0xe4, 0x00, 0x00, concatBytes(tag, application));
  }

  public async installForLoad(declaredSize: number): Promise<CardAnswer> {
    const data = concatBytes(fromHex('06627601FF0000 00 00 06 EF04C602'), u16(declaredSize), fromHex('00'));
    return this.send(0xe6, 0x02, 0x00, data);
  }

  /** @param last the file ends with a block that is not full. */
  public async load(blockNumber: number, block: Uint8Array, last: boolean): Promise<CardAnswer> {
    return this.send(0xe8, last ? 0x80 : 0x00, blockNumber & 0xff, block);
  }

  /** With 18,000 bytes for the applet and 5,000 for its objects. */
  public async installForInstall(): Promise<CardAnswer> {
    const names = '06627601FF0000 07627601FF000000 07627601FF000000';
    return this.send(0xe6, 0x0c, 0x00, fromHex(`${names} 0100 0C EF04C8024650 C90400021388 00`));
  }

  /** @param url at most 224 characters of ASCII. */
  public async setIssuerInfo(url: string): Promise<CardAnswer> {
    const field = new Uint8Array(224);
    field.set(new TextEncoder().encode(url).subarray(0, field.length));
    return this.send(0xf4, 0x00, 0x00, field);
  }

  public async setLifecycle(state: number): Promise<CardAnswer> {
    return this.send(0xf0, state, 0x00);
  }

  public async createPin(pin: Uint8Array, tries: number): Promise<CardAnswer> {
    return this.send(0x40, 0x00, tries, pin);
  }

  public async setPin(pin: Uint8Array): Promise<CardAnswer> {
    return this.send(0x04, 0x00, 0x00, pin);
  }

  /**
   * Makes an RSA key pair on the card.
   * @param wrappedChallenge 16 bytes under the KEK, for the proof.
   * @returns the length of the result in the I/O buffer: two bytes.
   */
  public async startEnroll(
    keys: { readonly privateKey: number; readonly publicKey: number },
    bits: number,
    wrappedChallenge: Uint8Array,
  ): Promise<CardAnswer> {
    const data = concatBytes(
      Uint8Array.of(0x80),
      u16(bits),
      Uint8Array.of(0x00, 0x00, wrappedChallenge.length),
      wrappedChallenge,
      Uint8Array.of(0x00),
    );
    return this.send(0x0c, keys.privateKey, keys.publicKey, data);
  }

  public async createObject(id: number, size: number, acl: ObjectAcl): Promise<CardAnswer> {
    return this.send(0x5a, 0x00, 0x00, concatBytes(u32(id), u32(size), ...acl.map(u16)));
  }

  /** @throws Failure `card-refused` with the code */
  public async writeObject(id: number, bytes: Uint8Array, serverCode: number): Promise<void> {
    for (const { offset, size } of pieces(bytes.length)) {
      const place = concatBytes(u32(id), u32(offset), Uint8Array.of(size));
      const data = concatBytes(place, bytes.subarray(offset, offset + size));
      insistOnSuccess(await this.send(0x54, 0x00, 0x00, data), serverCode, 'WRITE OBJECT');
    }
  }

  /** @throws Failure `card-refused` with the code */
  public async readObject(id: number, length: number, serverCode: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (const { offset, size } of pieces(length)) {
      const place = concatBytes(u32(id), u32(offset), Uint8Array.of(size));
      const answer = await this.send(0x56, 0x00, 0x00, place);
      insistOnSuccess(answer, serverCode, 'READ OBJECT');
      if (answer.data.length !== size) throw cardRefusal(serverCode, 'READ OBJECT', 'a short answer');
      parts.push(answer.data);
    }
    return concatBytes(...parts);
  }

  public async importKey(
    keys: { readonly privateKey: number; readonly publicKey: number },
    importData: Uint8Array,
  ): Promise<CardAnswer> {
    return this.send(0x0a, keys.privateKey, keys.publicKey, importData);
  }

  /** @param inUse the numbers of the keys that stay. */
  public async clearKeySlots(inUse: readonly number[]): Promise<CardAnswer> {
    return this.send(0x55, 0x00, 0x00, Uint8Array.from(inUse));
  }
}
