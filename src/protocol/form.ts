/** Form encoding as TPS and its clients use it: letters and digits as they are, space as `+`, any other byte as `%XX`. */

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

const percentCodes = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`,
);
const formCodes = percentCodes.map((percent, byte) => {
  if (byte === 0x20) return '+';
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9]/.test(character) ? character : percent;
});

/** @param value text is encoded as UTF-8. */
export function formEncode(value: string | Uint8Array): string {
  return substitute(typeof value === 'string' ? textEncoder.encode(value) : value, formCodes);
}

/** Every byte as `%XX`, the way in which TPS sends commands for the card. */
export function percentEncode(bytes: Uint8Array): string {
  return substitute(bytes, percentCodes);
}

function substitute(bytes: Uint8Array, codes: readonly string[]): string {
  let text = '';
  for (const byte of bytes) text += codes[byte] ?? '';
  return text;
}

/**
 * Takes any mixture of raw bytes, `+` and `%XX` with digits of either case;
 * a `%` without two digits stands for itself.
 * @param text one character (U+0000 to U+00FF) for each byte.
 */
export function formDecode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const high = code === 0x25 ? hexDigit(text.charCodeAt(i + 1)) : undefined;
    const low = high === undefined ? undefined : hexDigit(text.charCodeAt(i + 2));
    if (high !== undefined && low !== undefined) {
      bytes[length] = high * 16 + low;
      i += 2;
    } else bytes[length] = code === 0x2b ? 0x20 : code;
    length += 1;
  }
  return bytes.slice(0, length);
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : undefined;
}

/** As formDecode, read as UTF-8; bytes that are none become U+FFFD. */
export function formDecodeText(text: string): string {
  return textDecoder.decode(formDecode(text));
}
