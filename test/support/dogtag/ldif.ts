import { isUtf8 } from 'node:buffer';

/** An entry of a directory: names of attributes in lower case, with all their values. */
export class Entry {
  public constructor(
    public readonly dn: string,
    private readonly attributes: ReadonlyMap<string, readonly Buffer[]>,
  ) {}

  /** The one value, or the first. */
  public text(name: string): string | undefined {
    return this.attributes.get(name.toLowerCase())?.[0]?.toString();
  }

  public bytes(name: string): Buffer | undefined {
    return this.attributes.get(name.toLowerCase())?.[0];
  }

  /** What of it is text, for a message. */
  public toJSON(): Record<string, string> {
    const text = [...this.attributes].filter(([, values]) => values.every(value => isUtf8(value)));
    return Object.fromEntries(text.map(([name, values]) => [name, values.join(' ')]));
  }
}

/** Reads LDIF (RFC 2849) whose lines are not folded, as `ldapsearch -LLL -o ldif-wrap=no` writes it. */
export function parseLdif(text: string): Entry[] {
  return text
    .split(/\n\n+/)
    .filter(block => block.startsWith('dn:'))
    .map(block => {
      const attributes = new Map<string, Buffer[]>();
      for (const line of block.split('\n')) {
        const [, name = '', encoded, value = ''] = /^([^:]+):(:?) ?(.*)$/.exec(line) ?? [];
        const bytes = Buffer.from(value, encoded === ':' ? 'base64' : 'utf8');
        const key = name.toLowerCase();
        attributes.set(key, [...(attributes.get(key) ?? []), bytes]);
      }
      const dn = attributes.get('dn')?.[0]?.toString() ?? '';
      attributes.delete('dn');
      return new Entry(dn, attributes);
    });
}

/** An entry to be added. */
export function toLdif(dn: string, attributes: Readonly<Record<string, string | readonly string[]>>): string {
  const line = (name: string, value: string): string => `${name}:: ${Buffer.from(value).toString('base64')}`;
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    [values].flat().map(value => line(name, value)),
  );
  return [line('dn', dn), ...lines, '', ''].join('\n');
}
