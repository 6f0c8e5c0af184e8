import { bytesToText } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { ByteQueue } from '../../src/protocol/byte-queue.js';
import { formDecodeText } from '../../src/protocol/form.js';

/** TPS takes no longer message: bytes behind `s=LEN&`. */
const longestBody = 9999;
const longestLength = 5;

const equals = 0x3d;
const ampersand = 0x26;

/** What is decoded before it is used, so that a broken escape in it ends the connection. */
const decodedKeys = new Set(['extensions', 'screen_name', 'password', 'UID', 'PASSWORD']);

function violation(detail: string): Failure {
  return new Failure('protocol-violation', detail);
}

/**
 * Cuts the client's stream into messages as strictly as Dogtag 10's TPS does: nothing between messages,
 * no empty value, no broken escape; what stands behind a second `=` of a field is lost.
 */
export class FrameReader {
  private readonly queue = new ByteQueue();

  public push(bytes: Uint8Array): void {
    this.queue.push(bytes);
    if (this.queue.length > 16 * longestBody) throw violation('messages that nobody asked for');
  }

  /**
   * The next message, from `s=` on; undefined while it is not there as a whole.
   * @throws Failure `protocol-violation` for what makes TPS drop the connection.
   */
  public next(): Uint8Array | undefined {
    const separator = this.queue.at(1);
    if (separator === undefined) return undefined;
    if (separator !== equals) throw violation('a message does not begin with s=');
    const end = this.queue.indexOf(ampersand, 2);
    if (end < 0 && this.queue.length <= 2 + longestLength) return undefined;
    const digits = end < 0 ? '' : this.textAt(2, end);
    if (!/^\d{1,5}$/.test(digits)) throw violation('a message has no length');
    const length = Number.parseInt(digits, 10);
    if (length > longestBody) throw violation(`a message of ${length} bytes`);
    if (this.queue.length < end + 1 + length) return undefined;
    this.queue.skip(end + 1);
    return encodeFrame(strictFields(bytesToText(this.queue.take(length))));
  }

  private textAt(from: number, to: number): string {
    let text = '';
    for (let i = from; i < to; i++) text += String.fromCharCode(this.queue.at(i) ?? 0);
    return text;
  }
}

type Field = readonly [key: string, value: string];

function withoutTrailingEmpty(parts: readonly string[]): readonly string[] {
  let length = parts.length;
  while (length > 0 && parts[length - 1] === '') length -= 1;
  return parts.slice(0, length);
}

/** `key=value&…`, cut as Java's String.split does. */
function strictFields(text: string): Field[] {
  return withoutTrailingEmpty(text.split('&')).map(field => {
    const [key = '', value = ''] = field.split('=');
    if (value === '') throw violation(`the field ${key} is empty`);
    if (decodedKeys.has(key)) checkEscapes(key, value);
    if (key === 'extensions') strictFields(formDecodeText(value));
    return [key, value];
  });
}

function checkEscapes(key: string, value: string): void {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) throw violation(`the field ${key} has a broken escape`);
}

function encodeFrame(fields: readonly Field[]): Uint8Array {
  const body = fields.map(([key, value]) => `${key}=${value}`).join('&');
  return Uint8Array.from(`s=${body.length}&${body}`, character => character.charCodeAt(0));
}
