import { equalBytes } from '../../src/base/bytes.js';
import { keyCheckValue } from '../scp01.js';
import { byteAt, insist, noData, refuse, status, type CardCommand } from './apdu.js';
import { startSession, type CardSession, type ChannelIdentity } from './session.js';

/** A wrapped key as commands carry it: a type byte, length, key, length, key check value. */
const wrappedKeyLength = 16;

/** The secure channel of the selected application: at most one, gone with the next SELECT. */
export class SecureChannel {
  private session: CardSession | undefined;

  /** @param opened is told of each channel whose host has authenticated itself. */
  public constructor(
    private readonly identity: () => ChannelIdentity,
    private readonly opened: () => void = () => undefined,
  ) {}

  public close(): void {
    this.session = undefined;
  }

  /** P1 is a key version, 0 for the newest. */
  public initializeUpdate({ p1, data }: CardCommand): Uint8Array {
    this.close();
    const identity = this.identity();
    insist(data.length === 8, status.wrongLength);
    insist(p1 === 0 || p1 === identity.keyVersion, status.referencedDataNotFound);
    this.session = startSession(identity, data);
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
    this.opened();
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

  /** Decrypts a secret of whole blocks that a secured command carries. */
  public decryptSecret(wrapped: Uint8Array): Uint8Array {
    return (this.session ?? refuse(status.conditionsNotSatisfied)).decryptSecret(wrapped);
  }

  /**
   * Decrypts a wrapped 16-byte 3DES key and checks it against its key check value, if it has one.
   * @returns undefined when that fails.
   */
  public unwrapKey(field: Uint8Array): Uint8Array | undefined {
    if (byteAt(field, 1) !== wrappedKeyLength || field.length < 3 + wrappedKeyLength) return undefined;
    const key = this.decryptSecret(field.subarray(2, 2 + wrappedKeyLength));
    const checkLength = byteAt(field, 2 + wrappedKeyLength);
    const check = field.subarray(3 + wrappedKeyLength, 3 + wrappedKeyLength + checkLength);
    if (checkLength === 0) return key;
    return checkLength === 3 && equalBytes(check, keyCheckValue(key)) ? key : undefined;
  }
}
