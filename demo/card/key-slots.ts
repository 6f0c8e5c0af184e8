import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { concatBytes, fromHex, toHex, u16 } from '../../src/base/bytes.js';
import { insist, noData, refuse, status, u16At, type CardCommand } from './apdu.js';
import { isGranted, type Identities } from './identities.js';

export const slotCount = 24;
const noMate = 0xff;
const right = { read: 0, write: 2, use: 4 } as const;
const typeNumber = { public: 1, private: 3 } as const;
/** The lengths of RSA keys that Java Card platforms know. */
const knownSizes: readonly number[] = [512, 736, 768, 896, 1024, 1280, 1536, 1984, 2048];

export type KeyType = 'public' | 'private';

interface Slot {
  readonly type: KeyType;
  readonly bits: number;
  /** Undefined in a slot that was made or cleared and not filled since. */
  key: KeyObject | undefined;
}

export interface KeySlotsState {
  readonly slots: readonly {
    readonly number: number;
    readonly type: KeyType;
    readonly bits: number;
    /** PKCS#8 of a private, SPKI of a public key: DER in base64. */
    readonly der: string | null;
  }[];
  readonly mates: readonly number[];
  readonly acls: readonly string[];
  readonly generatedWith: readonly number[];
}

function keyOf(type: KeyType, der: string): KeyObject {
  const key = Buffer.from(der, 'base64');
  return type === 'private'
    ? createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    : createPublicKey({ key, format: 'der', type: 'spki' });
}

function derOf({ type, key }: Slot): string | null {
  return (
    key?.export({ format: 'der', type: type === 'private' ? 'pkcs8' : 'spki' }).toString('base64') ?? null
  );
}

/** The applet's 24 places for keys, each with its access rights and its mate, the other half of the pair. */
export class KeySlots {
  private readonly slots: (Slot | undefined)[];
  private readonly mates: number[];
  private readonly acls: Uint8Array[];
  /** The slot with which a key pair was generated here; clearing does not undo that bond. */
  private readonly generatedWith: number[];
  private listed = 0;

  public constructor(state?: KeySlotsState) {
    this.slots = Array.from({ length: slotCount }, (_, number) => {
      const slot = state?.slots.find(other => other.number === number);
      if (slot === undefined) return undefined;
      const { type, bits, der } = slot;
      return { type, bits, key: der === null ? undefined : keyOf(type, der) };
    });
    const numbers = (of: readonly number[] | undefined): number[] =>
      Array.from({ length: slotCount }, (_, number) => of?.[number] ?? noMate);
    this.mates = numbers(state?.mates);
    this.generatedWith = numbers(state?.generatedWith);
    this.acls = Array.from({ length: slotCount }, (_, number) =>
      fromHex(state?.acls[number] ?? '000000000000'),
    );
  }

  /** Slots that were ever made, cleared ones included. */
  public get used(): number {
    return this.slots.filter(slot => slot !== undefined).length;
  }

  public toState(): KeySlotsState {
    return {
      slots: this.slots.flatMap((slot, number) =>
        slot === undefined ? [] : [{ number, type: slot.type, bits: slot.bits, der: derOf(slot) }],
      ),
      mates: this.mates,
      acls: this.acls.map(acl => toHex(acl)),
      generatedWith: this.generatedWith,
    };
  }

  /** `number1 type1 mate1 bits2 acl6` for the first or next key; nothing after the last. */
  public list({ p1, p2, p3 }: CardCommand): Uint8Array {
    insist(p2 === 0, status.incorrectP2);
    insist(p3 === 11, status.wrongLength);
    insist(p1 <= 1, status.incorrectP1);
    if (p1 === 0) this.listed = 0;
    const number = this.slots.findIndex((slot, i) => i >= this.listed && slot?.key !== undefined);
    const slot = this.slots[number];
    this.listed = slot === undefined ? slotCount : number + 1;
    if (slot === undefined) return noData;
    return concatBytes(
      Uint8Array.of(number, typeNumber[slot.type], this.mates[number] ?? noMate),
      u16(slot.bits),
      this.acls[number] ?? noData,
    );
  }

  /** The slot for COMPUTE CRYPT. @throws StatusError 9C10, 9C06 */
  public forUse(number: number, identities: Identities): Readonly<Slot> {
    const slot = this.slots[number] ?? refuse(status.incorrectP1);
    insist(this.grants(number, right.use, identities), status.unauthorized);
    return slot;
  }

  /** A live key may be replaced only by who may write it. @throws StatusError 9C06 */
  public authorizeWrite(number: number, identities: Identities): void {
    const live = this.slots[number]?.key !== undefined;
    insist(!live || this.grants(number, right.write, identities), status.unauthorized);
  }

  /** Once mated, two slots stay so until they are cleared. @throws StatusError 9C1E */
  public checkMates(privateNumber: number, publicNumber: number): void {
    const free = (number: number, mate: number): boolean =>
      this.mates[number] === noMate || this.mates[number] === mate;
    insist(
      free(privateNumber, publicNumber) && free(publicNumber, privateNumber),
      status.inconsistentPairing,
    );
  }

  public mate(privateNumber: number, publicNumber: number): void {
    this.mates[privateNumber] = publicNumber;
    this.mates[publicNumber] = privateNumber;
  }

  /**
   * Makes the slot if there is none.
   * @throws StatusError 9C03 where a live key has another type or size, 9C06 where no key may be made, 6F00 for
   * a size that the platform does not know.
   */
  public prepare(number: number, type: KeyType, bits: number, mayCreate: boolean): void {
    const slot = this.slots[number];
    if (slot === undefined) {
      insist(mayCreate, status.unauthorized);
      insist(knownSizes.includes(bits), status.uncaught);
      this.slots[number] = { type, bits, key: undefined };
    } else if (slot.key !== undefined) {
      insist(slot.type === type && slot.bits === bits, status.notAllowed);
    } else {
      insist(slot.type === type, status.uncaught);
    }
  }

  /** @throws StatusError 9C03 where one of them was generated with another slot */
  public bindGenerated(privateNumber: number, publicNumber: number): void {
    const isNew = this.generatedWith[privateNumber] === noMate && this.generatedWith[publicNumber] === noMate;
    if (isNew) {
      this.generatedWith[privateNumber] = publicNumber;
      this.generatedWith[publicNumber] = privateNumber;
    }
    insist(
      this.generatedWith[privateNumber] === publicNumber &&
        this.generatedWith[publicNumber] === privateNumber,
      status.notAllowed,
    );
  }

  /** @throws StatusError 6F00 when the key has another size than the slot */
  public fill(number: number, key: KeyObject): void {
    const slot = this.slots[number];
    insist(slot !== undefined && key.asymmetricKeyDetails?.modulusLength === slot.bits, status.uncaught);
    slot.key = key;
  }

  public empty(number: number): void {
    const slot = this.slots[number];
    if (slot !== undefined) slot.key = undefined;
  }

  public setAcl(number: number, acl: Uint8Array): void {
    this.acls[number] = acl;
  }

  /** Clears every live key whose slot is not in the list of pairs, private and public number in turn. */
  public clearOthers({ p1, p2, data }: CardCommand, identities: Identities): Uint8Array {
    insist(p1 === 0, status.incorrectP1);
    insist(p2 === 0, status.incorrectP2);
    insist(data.length > 0 && data.length % 2 === 0, status.invalidParameter);
    for (let i = 0; i < data.length; i += 2) {
      const [privateNumber = 0, publicNumber = 0] = data.subarray(i, i + 2);
      for (const number of [privateNumber, publicNumber]) {
        insist(number <= slotCount || number > 0x7f, status.invalidParameter);
        insist(number < slotCount, status.uncaught);
      }
      this.checkMates(privateNumber, publicNumber);
    }
    this.slots.forEach((slot, number) => {
      if (data.includes(number) || slot?.key === undefined) return;
      insist(this.grants(number, right.write, identities), status.unauthorized);
      this.empty(number);
      this.mates[number] = noMate;
    });
    return noData;
  }

  private grants(number: number, offset: number, identities: Identities): boolean {
    return isGranted(u16At(this.acls[number] ?? noData, offset), identities);
  }
}
