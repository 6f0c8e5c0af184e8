import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where tests leave pictures of what they saw. */
const folder = resolve(import.meta.dirname, '../../../build/pictures');

export function pictureFile(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
