import type Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { concatBytes } from '../base/bytes.js';
import type { Failure } from '../base/failure.js';
import { gioCall } from './network-call.js';

/** Bytes a read: buffers stay small. */
const maxRead = 0x2000;

/**
 * Reads a stream to its end.
 * @param limit bytes
 * @throws Failure `tooLong` as soon as there are more; GLib.Error
 */
export async function readAll(
  stream: Gio.InputStream,
  limit: number,
  tooLong: () => Failure,
  cancellable: Gio.Cancellable | null = null,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let length = 0; ;) {
    const bytes = await gioCall(
      done => stream.read_bytes_async(maxRead, GLib.PRIORITY_DEFAULT, cancellable, done),
      result => stream.read_bytes_finish(result),
    );
    const part = bytes.toArray();
    if (part.length === 0) return concatBytes(...parts);
    length += part.length;
    if (length > limit) throw tooLong();
    parts.push(part);
  }
}
