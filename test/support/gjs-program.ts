import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { removeFolder } from './processes.js';

/** Bundles test/gjs-programs/NAME.ts for GJS. @param plugins put something else in a module's place */
export async function bundleGjsProgram(
  name: string,
  outfile: string,
  plugins: readonly Plugin[] = [],
): Promise<void> {
  await build({
    entryPoints: [resolve(import.meta.dirname, `../gjs-programs/${name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'firefox102',
    external: ['gi://*', 'resource://*', 'system', 'gettext', 'cairo'],
    logLevel: 'warning',
    plugins: [...plugins],
  });
}

/**
 * Bundles test/gjs-programs/NAME.ts and runs it in GJS to its end.
 * @returns its standard output; rejects when its exit status is not 0, and when it takes longer than any should
 */
export async function runGjsProgram(
  name: string,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'esc-gjs-'));
  try {
    const program = join(folder, 'program.js');
    await bundleGjsProgram(name, program);
    const { stdout } = await promisify(execFile)('gjs', ['-m', program, ...args], {
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 150_000,
    });
    return stdout;
  } finally {
    await removeFolder(folder);
  }
}
