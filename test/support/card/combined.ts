import { deflate } from 'pako';
import { concatBytes, fromHex, u16, u32 } from '../../../src/base/bytes.js';

/** A combined object as a test wants it, right or wrong. */
export interface CombinedParts {
  readonly name?: Uint8Array;
  readonly objects?: readonly Uint8Array[];
  /** What the header of the data says; default the truth. */
  readonly count?: number;
  readonly objectOffset?: number;
  readonly compression?: number;
  readonly compressed?: boolean;
  readonly dataOffset?: number;
  /** Added to the true size of the stored data. */
  readonly sizeError?: number;
  readonly trailing?: number;
  readonly formatVersion?: number;
  readonly cuid?: Uint8Array;
}

export function encodeCombined(parts: CombinedParts): Uint8Array {
  const {
    name = new TextEncoder().encode('jsmith'),
    objects = [],
    count = objects.length,
    objectOffset = name.length + 5,
    compressed = true,
    compression = compressed ? 1 : 0,
    dataOffset = 20,
    sizeError = 0,
    trailing = 0,
    formatVersion = 0x0100,
    cuid = fromHex('40906145C7626B03F4B2'),
  } = parts;
  const data = concatBytes(u16(objectOffset), u16(count), Uint8Array.of(name.length), name, ...objects);
  const stored = compressed ? deflate(data) : data;
  return concatBytes(
    u16(formatVersion),
    u16(1),
    cuid,
    u16(compression),
    u16(stored.length + sizeError),
    u16(dataOffset),
    new Uint8Array(dataOffset - 20),
    stored,
    new Uint8Array(trailing),
  );
}

export type Attribute = readonly [type: number, value: Uint8Array | number | boolean];

/** One object within the data. @param name such as c1 */
export function encodeObject(name: string, fixed: number, attributes: readonly Attribute[]): Uint8Array {
  const id = Uint8Array.of(name.charCodeAt(0), name.charCodeAt(1), 0, 0);
  return concatBytes(id, u32(fixed), u16(attributes.length), ...attributes.map(encodeAttribute));
}

function encodeAttribute([type, value]: Attribute): Uint8Array {
  if (typeof value === 'boolean') return concatBytes(u32(type), Uint8Array.of(value ? 3 : 2));
  if (typeof value === 'number') return concatBytes(u32(type), Uint8Array.of(1), u32(value));
  return concatBytes(u32(type), Uint8Array.of(0), u16(value.length), value);
}

/** The old form's attribute object. */
export function encodeSeparate(
  name: string,
  attributes: readonly (readonly [number, Uint8Array])[],
): Uint8Array {
  const body = concatBytes(
    ...attributes.map(([type, value]) => concatBytes(u32(type), u16(value.length), value)),
  );
  return concatBytes(Uint8Array.of(0, name.charCodeAt(0), name.charCodeAt(1), 0, 0), u16(body.length), body);
}
