import Gio from 'gi://Gio';
import { Failure } from '../base/failure.js';

/** Random bytes of the kernel. @throws Failure `internal` where it gives none */
export function kernelRandom(count: number): Uint8Array {
  const stream = Gio.File.new_for_path('/dev/urandom').read(null);
  try {
    const bytes = stream.read_bytes(count, null).toArray();
    if (bytes.length !== count) throw new Failure('internal', `${bytes.length} random bytes of ${count}`);
    return bytes;
  } finally {
    stream.close(null);
  }
}
