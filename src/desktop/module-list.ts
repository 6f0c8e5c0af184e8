/** A module as NSS's pkcs11.txt lists it. */
export interface ListedModule {
  readonly name: string;
  /** A path, or a file's name that is looked for where libraries are; empty for NSS's own module. */
  readonly library: string;
}

/**
 * Reads pkcs11.txt of an NSS database (sql): blocks of `key=value` lines with an empty line between them.
 * What is not understood is left out.
 */
export function readModuleList(text: string): ListedModule[] {
  return text.split(/\n\s*\n/).flatMap(block => {
    const values = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, key, value] = /^\s*(\w+)=(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) values.set(key, unquoted(value));
    }
    const name = values.get('name');
    return name === undefined ? [] : [{ name, library: values.get('library') ?? '' }];
  });
}

/** NSS quotes a value that has a space in it, and puts a backslash before a quote. */
function unquoted(value: string): string {
  const [, , inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return (inner ?? value).replace(/\\(.)/g, '$1');
}
