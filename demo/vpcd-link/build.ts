import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Compiles vpcd-link into a folder, which is made if need be.
 * @param root the source tree; default the current folder.
 * @returns the program's path.
 */
export async function buildVpcdLink(folder: string, root = '.'): Promise<string> {
  const program = join(folder, 'vpcd-link');
  await mkdir(folder, { recursive: true });
  const warnings = ['-Wall', '-Wextra', '-Werror'];
  await run('cc', [
    '-std=gnu11',
    '-O2',
    ...warnings,
    '-o',
    program,
    resolve(root, 'demo/vpcd-link/vpcd-link.c'),
  ]);
  return program;
}
