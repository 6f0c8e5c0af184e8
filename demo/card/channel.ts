import { randomBytes } from 'node:crypto';
import { equalBytes } from '../../src/base/bytes.js';
import { keyCheckValue, ScpCard, unwrapWithKek, type ScpCardIdentity } from '../scp01.js';
import { byteAt, insist, noData, refuse, status, type CardCommand } from './apdu.js';

/** A wrapped key as commands carry it: a type byte, length, key, length, key check value. */
const wrappedKeyLength = 16;

/** The secure channel of the selected application: at most one, gone with the next SELECT. */
export class SecureChannel {
  private session: ScpCard | undefined;

  public constructor(private readonly identity: () => ScpCardIdentity) {}

  public close(): void {
    this.session = undefined;
  }

  /** P1 is a key version, 0 for the newest. */
  public initializeUpdate({ p1, data }: CardCommand): Uint8Array {
    this.close();
    const identity = this.identity();
    insist(data.length === 8, status.wrongLength);
    insist(p1 === 0 || p1 === identity.keyVersion, status.referencedDataNotFound);
    this.session = new ScpCard(identity, data, randomBytes(8));
    return this.session.answer;
  }

  /** P1 is 01 for MACs or 03 for MACs and encryption. */
  public externalAuthenticate(command: CardCommand): Uint8Array {
    const { session } = this;
    insist(session !== undefined && !session.open, status.conditionsNotSatisfied);
    this.close();
    insist(command.data.length === 16, status.wrongLength);
    insist(session.authenticate(command), status.authenticationFailed);
    insist(command.p1 === 1 || command.p1 === 3, status.conditionsNotSatisfied);
    this.session = session;
    return noData;
  }

  /** The command in the clear, its P3 the plain length. A wrong MAC closes the channel. */
  public unwrap(command: CardCommand): CardCommand {
    insist(this.session?.open === true, status.conditionsNotSatisfied);
    const data = this.session.unwrap(command);
    if (data === undefined) {
      this.close();
      return refuse(status.securityStatusNotSatisfied);
    }
    return { ...command, data, p3: data.length };
  }

  /**
   * Decrypts a wrapped 16-byte key with the KEK and checks it against its key check value, if it has one.
   * @returns undefined when that fails.
   */
  public unwrapKey(field: Uint8Array): Uint8Array | undefined {
    if (byteAt(field, 1) !== wrappedKeyLength || field.length < 3 + wrappedKeyLength) return undefined;
    const key = unwrapWithKek(this.identity().keys.kek, field.subarray(2, 2 + wrappedKeyLength));
    const checkLength = byteAt(field, 2 + wrappedKeyLength);
    const check = field.subarray(3 + wrappedKeyLength, 3 + wrappedKeyLength + checkLength);
    if (checkLength === 0) return key;
    return checkLength === 3 && equalBytes(check, keyCheckValue(key)) ? key : undefined;
  }
}
