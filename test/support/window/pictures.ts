import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where tests leave pictures of what they saw. */
const folder = resolve(import.meta.dirname, '../../../build/pictures');

/** @param name of the file without its ending; what is before a slash is a folder */
export function pictureFile(name: string): string {
  const file = join(folder, `${name}.png`);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}
