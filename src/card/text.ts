/**
 * Text that a card or a certificate holds, fit to be shown in one line: control characters and those that
 * turn the writing direction are taken out, since they could make one name look like another.
 */
export function showable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** UTF-8, shown as above; bytes that are none become U+FFFD. */
export function showableUtf8(bytes: Uint8Array): string {
  return showable(new TextDecoder().decode(bytes));
}
