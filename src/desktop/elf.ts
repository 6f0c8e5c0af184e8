import Gio from 'gi://Gio';

/** Bytes of the head of an ELF file that say what machine it is for (System V ABI, chapter 4). */
const headLength = 20;

/** Class, byte order and machine of an ELF file; undefined of anything else. */
function machineOf(path: string): string | undefined {
  try {
    const stream = Gio.File.new_for_path(path).read(null);
    const head = stream.read_bytes(headLength, null).toArray();
    stream.close(null);
    const isElf = head.length === headLength && String.fromCharCode(...head.subarray(1, 4)) === 'ELF';
    return isElf ? [head[4], head[5], head[18], head[19]].join(' ') : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a library can be loaded by the programs of this machine: 32-bit ones may lie beside it. */
export function fitsThisMachine(path: string): boolean {
  const machine = machineOf(path);
  return machine !== undefined && machine === machineOf('/proc/self/exe');
}
