/** Bytes of a fingerprint on a line: what the narrowest window has room for. */
const bytesPerLine = 8;

/** A fingerprint in lines of the same length, to be compared. @param fingerprint bytes in hexadecimal, with colons between */
export function fingerprintLines(fingerprint: string): string {
  const pairs = fingerprint.split(':');
  return Array.from({ length: Math.ceil(pairs.length / bytesPerLine) }, (_line, i) =>
    pairs.slice(i * bytesPerLine, (i + 1) * bytesPerLine).join(':'),
  ).join('\n');
}
