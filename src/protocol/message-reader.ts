import { ByteQueue } from './byte-queue.js';
import { violation, type TpsMessage } from './message.js';
import { decodeMessage } from './message-decoder.js';

/** What is taken from a server. The longest seen has 770 bytes. */
const longestReceivedBody = 0x10000;

/**
 * Reads messages from bytes however they are cut: by `s=LEN&` alone, with CR, LF, NUL and spaces between
 * messages skipped. It never holds more than one message of 64 KiB beside what was pushed last.
 */
export class MessageReader {
  private readonly queue = new ByteQueue();

  public push(bytes: Uint8Array): void {
    this.queue.push(bytes);
  }

  /** Bytes of a message have come, but not all of it. */
  public get inMessage(): boolean {
    this.skipSeparators();
    return this.queue.length > 0;
  }

  /**
   * The next whole message, undefined while it has not come.
   * @throws Failure `protocol-violation`
   */
  public next(): TpsMessage | undefined {
    this.skipSeparators();
    const head = this.readHead();
    if (head === undefined || this.queue.length < head.size + head.length) return undefined;
    this.queue.skip(head.size);
    return decodeMessage(this.queue.take(head.length));
  }

  private skipSeparators(): void {
    while (isSeparator(this.queue.at(0))) this.queue.skip(1);
  }

  private readHead(): { readonly size: number; readonly length: number } | undefined {
    const wanted = 's=';
    for (let i = 0; i < wanted.length; i += 1) {
      const byte = this.queue.at(i);
      if (byte === undefined) return undefined;
      if (byte !== wanted.charCodeAt(i)) throw violation('a message does not begin with s=');
    }
    let length = 0;
    for (let digits = 0; digits <= 5; digits += 1) {
      const byte = this.queue.at(2 + digits);
      if (byte === undefined) return undefined;
      if (byte === 0x26 && digits > 0) return this.checkedHead(3 + digits, length);
      if (byte < 0x30 || byte > 0x39) break;
      length = length * 10 + (byte - 0x30);
    }
    throw violation('a message has no length of one to five digits');
  }

  private checkedHead(size: number, length: number): { readonly size: number; readonly length: number } {
    if (length > longestReceivedBody) throw violation(`a message of ${length} bytes is too long`);
    return { size, length };
  }
}

function isSeparator(byte: number | undefined): boolean {
  return byte === 0x0d || byte === 0x0a || byte === 0x00 || byte === 0x20;
}
