/** What is remembered of many cards, as the program would have written it one card after the other. */

export const knownUrl = 'http://pki.example.com:8080/tps/phoneHome';

/** As issuers number their cards: one after the other. */
export function cuidOf(number: number): string {
  return `4090612345${number.toString(16).toUpperCase().padStart(10, '0')}`;
}

/** One of the folders of cards that share the last byte of their CUIDs: its name, and its groups of keys by name. */
export interface Share {
  readonly name: string;
  readonly index: string;
  readonly cards: ReadonlyMap<string, string>;
}

const keys = [
  `url='${knownUrl}'`,
  "issuer-name='Example Corp'",
  "services={'Operation': 'https://pki.example.com:8443/tps/tps', 'EnrolledTokenBrowserURL': 'https://www.example.com/', 'TokenType': 'userKey'}",
  'fetched=int64 1795000000',
].join('\n');

/** @param count of cards, numbered from 0 */
export function sharesOf(count: number): Share[] {
  const shares = new Map<string, string[]>();
  for (let number = 0; number < count; number += 1) {
    const cuid = cuidOf(number).toLowerCase();
    const share = cuid.slice(-2);
    shares.set(share, [...(shares.get(share) ?? []), cuid]);
  }
  return [...shares].map(([name, cuids]) => ({
    name,
    index: `index=[${cuids.map(cuid => `'${cuid}'`).join(', ')}]`,
    cards: new Map(cuids.map(cuid => [cuid, keys])),
  }));
}

/** A file of the keyfile backend, whose root group is `root`; with a prefix a part of what `dconf load` reads. */
export function groupsOf({ index, cards }: Share, root: string, prefix = ''): string {
  const groups = [
    [root, index] as const,
    ...[...cards].map(([cuid, text]) => [`${prefix}${cuid}`, text] as const),
  ];
  return groups.map(([name, text]) => `[${name}]\n${text}\n`).join('\n');
}
