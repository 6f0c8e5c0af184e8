import { concatBytes, u16 } from '../../src/base/bytes.js';
import { insist, noData, status } from './apdu.js';

const capacity = 900;

/**
 * The applet's I/O buffer, seen as objects FFFFFFFF and FFFFFFFE that anyone may read and write.
 * Its size survives SELECT and reset; its content does not.
 */
export class IoBuffer {
  private readonly bytes = new Uint8Array(capacity);

  /** @param used how many bytes count as written; a write may claim more than the buffer holds. */
  public constructor(private used = 0) {}

  public get size(): number {
    return this.used;
  }

  /** What is in it, as a view. */
  public get content(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  public clear(): void {
    this.bytes.fill(0);
  }

  public create(size: number): Uint8Array {
    insist(size <= capacity, status.noMemory);
    this.used = size;
    return noData;
  }

  public empty(): Uint8Array {
    this.used = 0;
    return noData;
  }

  public read(offset: number, length: number): Uint8Array {
    insist(offset + length <= this.used, status.invalidParameter);
    insist(offset + length <= capacity, status.uncaught);
    return this.bytes.slice(offset, offset + length);
  }

  public write(offset: number, data: Uint8Array): Uint8Array {
    this.used = offset + data.length;
    insist(this.used <= capacity, status.uncaught);
    this.bytes.set(data, offset);
    return noData;
  }

  /** Replaces the content by these fields, each after its u16 length. */
  public putFields(...fields: readonly Uint8Array[]): void {
    const content = concatBytes(...fields.flatMap(field => [u16(field.length), field]));
    this.bytes.set(content);
    this.used = content.length;
  }
}
