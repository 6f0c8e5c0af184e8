import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from '../../../src/base/bytes.js';
import {
  combinedObjectId,
  decodeCombinedObject,
  encodeCombinedObject,
  type StoredObject,
} from '../../../demo/tps/combined-object.js';
import type { ObjectsState } from '../../../demo/card/objects.js';
import { runEscctl } from '../escctl/escctl.js';
import { eventually } from '../pcsc/waiting.js';
import type { Demo } from './demo.js';

interface CardFile {
  readonly applet: { readonly objects: ObjectsState };
}

/** Puts further objects onto an enrolled card of the demo, which is taken out for it and put in again. */
export async function addObjects(demo: Demo, card: number, added: readonly StoredObject[]): Promise<void> {
  await demo.order(`remove ${card}`);
  // A card that follows at once may be taken for the same one, which needs no power.
  await eventually(async () => !(await readersWithCards(demo)).includes(demo.readers[card - 1] ?? ''));
  const path = join(demo.directory, `card-${card}.json`);
  const file = JSON.parse(readFileSync(path, 'utf8')) as CardFile;
  const objects = file.applet.objects.objects.map(object => {
    if (object.id !== combinedObjectId) return object;
    const before = decodeCombinedObject(fromHex(object.content));
    const after = {
      ...before,
      objectVersion: before.objectVersion + 1,
      objects: [...before.objects, ...added],
    };
    return { ...object, content: toHex(encodeCombinedObject(after)) };
  });
  const applet = { ...file.applet, objects: { ...file.applet.objects, objects } };
  writeFileSync(path, JSON.stringify({ ...file, applet }));
  await demo.order(`insert ${card}`);
}

async function readersWithCards(demo: Demo): Promise<readonly string[]> {
  const listed = await runEscctl(['list', '--json'], { environment: demo.environment });
  return (listed.json() as { reader: string }[]).map(({ reader }) => reader);
}
