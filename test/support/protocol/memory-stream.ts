import { Failure } from '../../../src/base/failure.js';
import type { ByteStream } from '../../../src/protocol/ports.js';

/** How many of the bytes that are there the next read gets. */
export type Split = (available: number) => number;

/** A stream whose other end is the test. */
export class MemoryStream implements ByteStream {
  public closed = false;
  /** Writes never end: the other side does not read. */
  public stuck = false;
  private incoming = new Uint8Array();
  private offset = 0;
  private ended = false;
  private broken = false;
  private wake: (() => void) | undefined;

  public constructor(
    private readonly onWrite: (bytes: Uint8Array, stream: MemoryStream) => void,
    private readonly split: Split = available => available,
  ) {}

  /** Bytes from the server. */
  public feed(bytes: Uint8Array): void {
    const rest = this.incoming.subarray(this.offset);
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    this.incoming = joined;
    this.offset = 0;
    this.wake?.();
  }

  /** The server sends no more, but still reads. */
  public end(): void {
    this.ended = true;
    this.wake?.();
  }

  /** The server hangs up. */
  public break(): void {
    this.broken = true;
    this.end();
  }

  public async read(limit: number): Promise<Uint8Array> {
    if (this.wake !== undefined) throw new Error('two reads at a time');
    while (this.available === 0 && !this.ended && !this.closed) {
      await new Promise<void>(resolve => (this.wake = resolve));
      this.wake = undefined;
    }
    if (this.closed) return new Uint8Array();
    const length = Math.min(limit, this.available, Math.max(1, this.split(this.available)));
    const taken = this.incoming.slice(this.offset, this.offset + length);
    this.offset += length;
    return taken;
  }

  public async write(bytes: Uint8Array): Promise<void> {
    if (this.closed || this.broken) throw new Failure('server-closed', 'written to a closed connection');
    if (this.stuck) return new Promise(() => undefined);
    this.onWrite(bytes, this);
    return Promise.resolve();
  }

  public close(): void {
    this.closed = true;
    this.wake?.();
  }

  private get available(): number {
    return this.incoming.length - this.offset;
  }
}
