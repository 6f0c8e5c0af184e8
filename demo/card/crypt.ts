import { constants, privateDecrypt, publicEncrypt, type KeyObject } from 'node:crypto';
import { concatBytes, u16 } from '../../src/base/bytes.js';
import { byteAt, insist, noData, refuse, status, u16At, type CardCommand } from './apdu.js';
import type { Identities } from './identities.js';
import type { IoBuffer } from './io-buffer.js';
import type { KeySlots } from './key-slots.js';

const operation = { init: 1, process: 2, final: 3, oneStep: 4 } as const;
const direction = { sign: 1, verify: 2, encrypt: 3, decrypt: 4 } as const;
const location = { apdu: 1, ioBuffer: 2 } as const;
const mode = { rsaPlain: 0, rsaPkcs1: 1 } as const;
const largestAnswer = 255;

/** RSA without padding: the same operation whether a key signs or decrypts. @throws StatusError 6F00 */
function rsa(key: KeyObject | undefined, block: Uint8Array): Uint8Array {
  insist(key !== undefined, status.uncaught);
  const options = { key, padding: constants.RSA_NO_PADDING };
  try {
    const result = key.type === 'private' ? privateDecrypt(options, block) : publicEncrypt(options, block);
    return Uint8Array.from(result);
  } catch {
    return refuse(status.uncaught);
  }
}

/** COMPUTE CRYPT: P1 the key, P2 the operation. */
export class Crypt {
  /** By key: the direction of the last init. Lost with the selection of the applet. */
  private readonly directions = new Map<number, number>();
  private readonly prepared = new Set<number>();

  public constructor(
    private readonly slots: KeySlots,
    private readonly ioBuffer: IoBuffer,
  ) {}

  public deselect(): void {
    this.directions.clear();
    this.prepared.clear();
  }

  /**
   * `[mode1 direction1] location1 length2 block`, mode and direction in init and one step only.
   * @returns `length2 result` for location 01; for 02 that stands in the I/O buffer.
   */
  public compute(command: CardCommand, identities: Identities): Uint8Array {
    const { p1, p2, data } = command;
    this.slots.forUse(p1, identities);
    switch (p2) {
      case operation.init:
        this.init(command, identities);
        return noData;
      case operation.oneStep:
        this.init(command, identities);
        return this.final(command, data.subarray(2), identities);
      case operation.process:
      case operation.final:
        return this.final(command, data, identities);
      default:
        return refuse(status.incorrectP2);
    }
  }

  private init({ p1, p2, data }: CardCommand, identities: Identities): void {
    insist(data.length >= 3, status.wrongLength);
    const block = this.inputBlock(data.subarray(2));
    const wanted = byteAt(data, 1);
    this.directions.set(p1, wanted);
    this.prepared.delete(p1);
    this.checkDirection(wanted);
    insist(p2 === operation.oneStep || block.length === 0, status.chunkSize);
    insist(byteAt(data, 0) !== mode.rsaPkcs1, status.modeUnsupported);
    insist(byteAt(data, 0) === mode.rsaPlain, status.modeInvalid);
    insist(this.slots.forUse(p1, identities).key !== undefined, status.uncaught);
    this.prepared.add(p1);
  }

  private final({ p1, p2 }: CardCommand, data: Uint8Array, identities: Identities): Uint8Array {
    this.checkDirection(this.directions.get(p1) ?? 0);
    insist(this.prepared.has(p1), status.incorrectP1);
    insist(data.length >= 1, status.wrongLength);
    const block = this.inputBlock(data);
    insist(p2 !== operation.process, status.keyTypeUnsupported);
    const { bits, key } = this.slots.forUse(p1, identities);
    insist(block.length === bits / 8, status.chunkSize);
    const inBuffer = byteAt(data, 0) === location.ioBuffer;
    insist(inBuffer || block.length + 2 <= largestAnswer, status.outputTooSmall);
    const result = rsa(key, block);
    if (!inBuffer) return concatBytes(u16(result.length), result);
    this.ioBuffer.putFields(result);
    return noData;
  }

  private checkDirection(wanted: number): void {
    insist(wanted !== direction.sign && wanted !== direction.verify, status.directionUnsupported);
    insist(wanted === direction.encrypt || wanted === direction.decrypt, status.directionInvalid);
  }

  /** The block after its u16 length, from the APDU or from the I/O buffer. */
  private inputBlock(data: Uint8Array): Uint8Array {
    const from = byteAt(data, 0);
    insist(from === location.apdu || from === location.ioBuffer, status.locationInvalid);
    const source = from === location.apdu ? data.subarray(1) : this.ioBuffer.content;
    insist(source.length >= 2, status.wrongLength);
    const length = u16At(source, 0);
    insist(source.length >= 2 + length, status.chunkSize);
    return source.slice(2, 2 + length);
  }
}
