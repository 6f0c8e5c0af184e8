import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of the shims that a program has started and that still run. */
export function shimsOf(program: number): number[] {
  // GLib starts processes from any thread.
  return readdirSync(`/proc/${program}/task`).flatMap(thread =>
    textOf(`/proc/${program}/task/${thread}/children`)
      .split(' ')
      .filter(Boolean)
      .map(Number)
      .filter(pid => textOf(`/proc/${pid}/comm`).trim() === 'esc-pcsc'),
  );
}

/** Of what the kernel tells of a thread or process; empty when that has just ended. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
