import { Inflate } from 'pako/lib/inflate.js';
import { concatBytes } from '../base/bytes.js';
import { Failure } from '../base/failure.js';

/**
 * Inflates a zlib (RFC 1950) or gzip (RFC 1952) stream. Zero bytes after its end are ignored.
 * @param limit bytes of output; a stream that gives more is refused before more than a few KiB beyond are held.
 * @throws Failure `malformed-data` when the stream is damaged, cut off or too long.
 */
export function inflate(compressed: Uint8Array, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let end: number | undefined;
  const inflater = new Inflate({ chunkSize: 4096 });
  inflater.onData = data => {
    const chunk = new Uint8Array(data);
    length += chunk.length;
    if (length > limit) throw new Failure('malformed-data', `compressed data of more than ${limit} bytes`);
    chunks.push(chunk);
  };
  inflater.onEnd = status => (end = status);
  inflater.push(compressed);
  if (end !== 0)
    throw new Failure('malformed-data', `compressed data is ${end === undefined ? 'cut off' : 'damaged'}`);
  return concatBytes(...chunks);
}
