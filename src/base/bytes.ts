import { Failure } from './failure.js';

/** Upper-case hexadecimal without separators. */
export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex.toUpperCase();
}

/**
 * Reads hexadecimal digits; white space between them is allowed.
 * @throws Failure `malformed-data` on any other character or an odd number of digits.
 */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits))
    throw new Failure('malformed-data', 'not a string of hexadecimal bytes');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** One character (U+0000 to U+00FF) for each byte. */
export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  // Spreading the bytes instead takes GJS 30 times as long.
  for (let i = 0; i < bytes.length; i += 4096)
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(i, i + 4096)) as string;
  return text;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Two bytes, big-endian. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

/** Four bytes, big-endian. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/**
 * Reads big-endian fields from bytes that are not trusted, such as a card's.
 * Every read beyond the end throws Failure `malformed-data`.
 */
export class ByteReader {
  private position = 0;

  public constructor(private readonly bytes: Uint8Array) {}

  public get offset(): number {
    return this.position;
  }

  public get remaining(): number {
    return this.bytes.length - this.position;
  }

  public u8(): number {
    return this.unsigned(1);
  }

  public u16(): number {
    return this.unsigned(2);
  }

  public u32(): number {
    return this.unsigned(4);
  }

  /** The next `length` bytes, as a view on the same memory. */
  public take(length: number): Uint8Array {
    if (length > this.remaining)
      throw new Failure('malformed-data', `${length} bytes wanted, ${this.remaining} left`);
    const taken = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return taken;
  }

  private unsigned(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0);
  }
}
