import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');

/** Bundles gjs-session.ts, runs it in GJS, and gives what it found out. */
export async function runInGjs(
  env: NodeJS.ProcessEnv,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const outfile = join(root, `build/test/pcsc/gjs-session-${process.pid}.js`);
  await build({
    entryPoints: [join(import.meta.dirname, 'gjs-session.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'firefox102',
    external: ['gi://*', 'system'],
    logLevel: 'warning',
  });
  const { stdout } = await promisify(execFile)('gjs', ['-m', outfile, ...args], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}
