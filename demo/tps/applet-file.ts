import { concatBytes, u16 } from '../../src/base/bytes.js';

/** Bytes of the load file in one LOAD command. */
export const loadBlockSize = 208;

const lastBlockSize = 21;
const loadHeaderSize = 4;

/** What the demo sends as the applet: as long as asked for, the same each time, and not executable. */
export interface AppletFile {
  readonly bytes: Uint8Array;
  /** What INSTALL [for load] announces: the file with room for the card's own bookkeeping. */
  readonly declaredSize: number;
  /** The file behind its tag C4 and length, in pieces of 208 bytes; the last one is shorter. */
  readonly blocks: readonly Uint8Array[];
}

/**
 * @param blockCount the number of LOAD commands, 1 to 300; 75 are those of applet 1.4.58768072,
 * whose file has 15,409 bytes.
 */
export function makeAppletFile(blockCount: number): AppletFile {
  if (!Number.isInteger(blockCount) || blockCount < 1 || blockCount > 300)
    throw new RangeError('the applet has 1 to 300 blocks');
  const line = 'Stands in for the CoolKey applet of the demo card.\n';
  const bytes = Uint8Array.from(
    { length: (blockCount - 1) * loadBlockSize + lastBlockSize - loadHeaderSize },
    (_, i) => line.charCodeAt(i % line.length),
  );
  const stream = concatBytes(Uint8Array.of(0xc4, 0x82), u16(bytes.length), bytes);
  const blocks = Array.from({ length: blockCount }, (_, i) =>
    stream.slice(i * loadBlockSize, (i + 1) * loadBlockSize),
  );
  return { bytes, declaredSize: bytes.length + 24, blocks };
}
