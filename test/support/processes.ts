/** Processes that tests start, and the folders in which those write. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';

/** Ends a process that may have ended already. */
export async function end(process: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const gone = ended(process);
  process.kill(signal);
  await gone;
}

/** Waits for the end of a process, which may have been before. */
export async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
}

/** Removes a folder, as soon as nobody writes in it any more: what a session has started may outlive it for a moment. */
export function removeFolder(folder: string): Promise<void> {
  // Unlike rmSync, which looks into the folder once only, this begins all over again.
  return rm(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 20 });
}
