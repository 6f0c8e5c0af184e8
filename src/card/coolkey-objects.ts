import { concatBytes } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import {
  combinedHeaderLength,
  decodeCombinedObject,
  objectName,
  parseCombinedHeader,
} from './combined-object.js';
import type { CombinedHeader, CombinedObject } from './combined-object.js';
import type { CoolKeyApplet, ObjectEntry } from './coolkey.js';
import { noting } from './notes.js';
import type { CardNote } from './notes.js';
import { decodeSeparateCertificate, decodeSeparateObject } from './separate-objects.js';
import type { StoredObject, StoredObjects } from './stored-object.js';

/** All the certificates of a card in the old form; CoolKey cards have 5,000 bytes for everything. */
const maxSeparateLength = 0x10000;
export const combinedObjectId = Uint8Array.of(0x7a, 0x30, 0x00, 0x00);

/** @returns undefined when the card has no combined object. @throws as CoolKeyApplet's methods */
export async function readCombinedHeader(applet: CoolKeyApplet): Promise<CombinedHeader | undefined> {
  const bytes = await applet.readObject(combinedObjectId, 0, combinedHeaderLength);
  return bytes === undefined ? undefined : parseCombinedHeader(bytes);
}

/** All of it, decoded. @returns and throws as readCombinedHeader */
export async function readCombinedObject(applet: CoolKeyApplet): Promise<CombinedObject | undefined> {
  const head = await applet.readObject(combinedObjectId, 0, combinedHeaderLength);
  if (head === undefined) return undefined;
  const { dataOffset, dataSize } = parseCombinedHeader(head);
  const rest = dataOffset + dataSize - combinedHeaderLength;
  const body = await applet.readObject(combinedObjectId, combinedHeaderLength, rest);
  return body === undefined ? undefined : decodeCombinedObject(concatBytes(head, body));
}

/** Objects whose names begin with c (certificate) or k (key): the old form. */
export function isSeparateObject(entry: ObjectEntry): boolean {
  return /^[ckC][0-9a-zA-Z]$/.test(String.fromCharCode(...entry.id.subarray(0, 2)));
}

/** Every object of the old form; a broken one is left out and noted. @throws Failure of the channel */
export async function readSeparateObjects(applet: CoolKeyApplet, notes: CardNote[]): Promise<StoredObjects> {
  const entries = (await noting(notes, 'separate-objects', () => applet.listObjects()))?.filter(
    isSeparateObject,
  );
  const values = new Map<string, Uint8Array>();
  const attributes: StoredObject[] = [];
  let total = 0;
  for (const { id, size } of entries ?? []) {
    const name = objectName(id);
    total += size;
    await noting(
      notes,
      'separate-objects',
      async () => {
        if (total > maxSeparateLength)
          throw new Failure('malformed-data', 'more objects than such a card can hold');
        const bytes = await applet.readObject(id, 0, size);
        if (bytes === undefined) return;
        if (name.startsWith('C')) values.set(name.toLowerCase(), decodeSeparateCertificate(bytes));
        else attributes.push(decodeSeparateObject(bytes));
      },
      name,
    );
  }
  const objects = attributes.map(object => {
    const value = values.get(object.name);
    return value === undefined ? object : { ...object, value };
  });
  return { objects, problems: [] };
}
