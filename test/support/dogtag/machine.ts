import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Where the lab's Debian is mounted. @throws Error outside of the lab's namespaces */
export function machineRoot(): string {
  const root = process.env.ESC_DOGTAG_ROOT;
  if (root === undefined) throw new Error('the lab is only there within: npm run test:dogtag');
  return root;
}

/** The path by which this process reaches a file of the lab's Debian. */
export function inMachine(path: string): string {
  return join(machineRoot(), path);
}

const environment = {
  HOME: '/root',
  TERM: 'dumb',
  LANG: 'C.UTF-8',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

/**
 * Runs a command in the lab's Debian.
 * @returns its standard output
 * @throws Error with its standard error when its exit status is not 0
 */
export async function runInMachine(command: readonly string[], input = ''): Promise<string> {
  const child = spawn('chroot', [machineRoot(), ...command], { env: environment, stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (status !== 0)
    throw new Error(`${command[0] ?? ''} ended with ${status ?? 'a signal'}: ${errors}${output}`);
  return output;
}
