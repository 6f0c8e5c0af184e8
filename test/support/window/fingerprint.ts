/** As the window shows a fingerprint: 8 bytes a line. @param fingerprint in hexadecimal, with or without colons */
export function inLines(fingerprint: string): string {
  const pairs = fingerprint.replaceAll(':', '').replace(/..(?=.)/g, '$&:');
  return pairs.replace(/((?:..:){7}..):/g, '$1\n');
}
