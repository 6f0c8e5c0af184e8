import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { equalBytes, fromHex, toHex } from '../../src/base/bytes.js';
import { byteAt, insist, noData, refuse, status, type CardCommand } from './apdu.js';
import { anonymousIdentity, isGranted, type Identities } from './identities.js';

interface Pin {
  readonly limit: number;
  salt: Uint8Array;
  hash: Uint8Array;
  left: number;
}

export interface PinsState {
  readonly enabled: boolean;
  /** By PIN number; null where there is none. The PIN itself is not kept, only a salted hash. */
  readonly pins: readonly ({ limit: number; left: number; salt: string; hash: string } | null)[];
}

const count = 8;
const minimum = 4;
const maximum = 16;
const nonceLength = 8;
const anonymousNonce = new Uint8Array(nonceLength);

function fits(length: number): boolean {
  return length >= minimum && length <= maximum;
}

function hashOf(pin: Uint8Array, salt: Uint8Array): Uint8Array {
  return scryptSync(pin, salt, 32, { N: 1024, r: 8, p: 1 });
}

/** The applet's PINs with their try counters, and who is logged in by them. */
export class Pins {
  private readonly pins: (Pin | undefined)[];
  private enabled: boolean;
  /** One nonce for all PINs; zeros while nobody is logged in. */
  private nonce: Uint8Array = anonymousNonce;
  private holders: Identities = 0;
  private readonly logins = new Array<number>(count).fill(0);

  public constructor(state?: PinsState) {
    this.enabled = state?.enabled ?? false;
    this.pins = Array.from({ length: count }, (_, number) => {
      const pin = state?.pins[number];
      return pin ? { ...pin, salt: fromHex(pin.salt), hash: fromHex(pin.hash) } : undefined;
    });
  }

  /** A PIN has been created, if only once. */
  public get everCreated(): boolean {
    return this.enabled;
  }

  public get used(): number {
    return this.pins.filter(pin => pin !== undefined).length;
  }

  public get loggedIn(): Identities {
    return this.holders;
  }

  public toState(): PinsState {
    return {
      enabled: this.enabled,
      pins: this.pins.map(pin =>
        pin === undefined
          ? null
          : { limit: pin.limit, left: pin.left, salt: toHex(pin.salt), hash: toHex(pin.hash) },
      ),
    };
  }

  /** What a reset or loss of power does. */
  public logOutAll(): void {
    this.nonce = anonymousNonce;
    this.holders = 0;
    this.logins.fill(0);
  }

  /** The identities that the nonce stands for. @throws StatusError 9C06 for a wrong one */
  public identitiesOf(nonce: Uint8Array): Identities {
    if (equalBytes(nonce, anonymousNonce)) return anonymousIdentity;
    insist(equalBytes(nonce, this.nonce), status.unauthorized);
    return this.holders;
  }

  /** P1 PIN, P2 tries */
  public create({ p1, p2, data }: CardCommand, identities: Identities, mayCreate: number): Uint8Array {
    insist(isGranted(mayCreate, identities), status.unauthorized);
    insist(p1 < count && this.pins[p1] === undefined, status.incorrectP1);
    insist(fits(data.length), status.invalidParameter);
    insist(p2 >= 1 && p2 <= 127, status.uncaught);
    const pin: Pin = { limit: p2, left: p2, salt: noData, hash: noData };
    this.set(pin, data);
    this.pins[p1] = pin;
    this.enabled = true;
    return noData;
  }

  /** The server sets a PIN: also resets and unblocks the counter. */
  public reset({ p1, p2, data }: CardCommand): Uint8Array {
    insist(p1 < count, status.incorrectP1);
    insist(p2 === 0, status.incorrectP2);
    insist(data.length < 0x80, status.wrongLength);
    const pin = this.existing(p1);
    insist(fits(data.length), status.invalidParameter);
    this.set(pin, data);
    pin.left = pin.limit;
    this.logOutHolder(p1);
    return noData;
  }

  /** @returns the nonce that stands for the login. */
  public verify({ p1, p2, data }: CardCommand): Uint8Array {
    const pin = this.existing(p1);
    insist(p2 === 0, status.incorrectP2);
    insist(pin.left > 0, status.blocked);
    if (!fits(data.length) || !this.matches(pin, data)) {
      this.logOutHolder(p1);
      refuse(status.wrongPin);
    }
    if (this.holders === 0) this.nonce = randomBytes(nonceLength);
    this.holders |= 1 << p1;
    this.logins[p1] = (this.logins[p1] ?? 0) + 1;
    return this.nonce.slice();
  }

  /** `oldLength1 old newLength1 new` */
  public change({ p1, p2, data }: CardCommand): Uint8Array {
    const pin = this.existing(p1);
    insist(p2 === 0, status.incorrectP2);
    insist(data.length >= 4, status.invalidParameter);
    const oldEnd = 1 + byteAt(data, 0);
    insist(data.length > oldEnd && fits(oldEnd - 1), status.invalidParameter);
    const newEnd = oldEnd + 1 + byteAt(data, oldEnd);
    insist(data.length >= newEnd && fits(newEnd - oldEnd - 1), status.invalidParameter);
    insist(pin.left > 0, status.blocked);
    const known = this.matches(pin, data.subarray(1, oldEnd));
    if (known) this.set(pin, data.subarray(oldEnd + 1, newEnd));
    this.logOutHolder(p1);
    insist(known, status.wrongPin);
    return noData;
  }

  /** Takes back one login of PIN P1; the last one also ends the nonce. */
  public logOut({ p1 }: CardCommand): Uint8Array {
    insist(p1 < count && this.pins[p1] !== undefined, status.uncaught);
    const logins = Math.max((this.logins[p1] ?? 0) - 1, 0);
    this.logins[p1] = logins;
    if (logins === 0) this.logOutHolder(p1);
    return noData;
  }

  public triesLeft({ p1, p2, p3 }: CardCommand): Uint8Array {
    const pin = this.existing(p1);
    insist(p2 === 0, status.incorrectP2);
    insist(p3 === 1, status.wrongLength);
    return Uint8Array.of(pin.left);
  }

  /** @returns a u16 with bit n set where PIN n exists. */
  public list({ p1, p2, p3 }: CardCommand): Uint8Array {
    insist(p1 === 0, status.incorrectP1);
    insist(p2 === 0, status.incorrectP2);
    insist(p3 === 2, status.wrongLength);
    const mask = this.pins.reduce((bits, pin, number) => (pin ? bits | (1 << number) : bits), 0);
    return Uint8Array.of(0, mask);
  }

  private existing(number: number): Pin {
    return this.pins[number] ?? refuse(status.incorrectP1);
  }

  private set(pin: Pin, value: Uint8Array): void {
    pin.salt = randomBytes(16);
    pin.hash = hashOf(value, pin.salt);
  }

  /** Compares and counts: down before, back up to the limit when right. */
  private matches(pin: Pin, value: Uint8Array): boolean {
    pin.left -= 1;
    if (!timingSafeEqual(hashOf(value, pin.salt), pin.hash)) return false;
    pin.left = pin.limit;
    return true;
  }

  private logOutHolder(number: number): void {
    this.logins[number] = 0;
    this.holders &= ~(1 << number);
    if (this.holders === 0) this.nonce = anonymousNonce;
  }
}
