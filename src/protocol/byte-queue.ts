/** Bytes that have come in and were not taken yet. Cost and memory stay in proportion to what is held. */
export class ByteQueue {
  private buffer = new Uint8Array(256);
  private start = 0;
  private end = 0;

  public get length(): number {
    return this.end - this.start;
  }

  public push(bytes: Uint8Array): void {
    if (this.end + bytes.length > this.buffer.length) this.makeRoom(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** The byte at `index` from the front, undefined beyond the end. */
  public at(index: number): number | undefined {
    return index < this.length ? this.buffer[this.start + index] : undefined;
  }

  /** The place of `byte` from the front, at or after `from`; -1 where there is none. */
  public indexOf(byte: number, from = 0): number {
    const index = this.buffer.subarray(this.start, this.end).indexOf(byte, from);
    return index;
  }

  /** Takes at most `length` bytes from the front, as a copy. */
  public take(length: number): Uint8Array {
    const taken = this.buffer.slice(this.start, Math.min(this.end, this.start + length));
    this.skip(length);
    return taken;
  }

  public skip(length: number): void {
    this.start = Math.min(this.end, this.start + length);
    if (this.start === this.end) this.start = this.end = 0;
  }

  private makeRoom(wanted: number): void {
    const held = this.length;
    const needed = held + wanted;
    const target = needed * 2 > this.buffer.length ? new Uint8Array(needed * 2) : this.buffer;
    target.set(this.buffer.subarray(this.start, this.end));
    this.buffer = target;
    this.start = 0;
    this.end = held;
  }
}
