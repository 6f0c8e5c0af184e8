import { runProgram } from './run-program.js';

/**
 * Why a library cannot be loaded by the programs of this machine: a file that is missing, no library, of another kind
 * of machine, or one that needs what is not there. It is loaded by another process, which ends at once.
 * @returns undefined when it can
 */
export async function loadProblem(path: string): Promise<string | undefined> {
  // What ld.so(8) cannot preload it says, and goes on without it.
  const end = await runProgram(['/bin/true'], { LD_PRELOAD: path, LC_ALL: 'C' });
  if (end === undefined) return undefined;
  const [line = ''] = end.stderr.split('\n');
  const [, reason] = /cannot be preloaded \((.*)\)/.exec(line) ?? [];
  if (reason !== undefined) return reason;
  return end.successful ? undefined : line;
}
