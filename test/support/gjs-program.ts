import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

/**
 * Bundles test/gjs-programs/NAME.ts and runs it in GJS to its end.
 * @returns its standard output; rejects when its exit status is not 0
 */
export async function runGjsProgram(name: string, ...args: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'esc-gjs-'));
  try {
    const outfile = join(folder, 'program.js');
    await build({
      entryPoints: [resolve(import.meta.dirname, `../gjs-programs/${name}.ts`)],
      outfile,
      bundle: true,
      format: 'esm',
      target: 'firefox102',
      external: ['gi://*', 'system', 'gettext'],
      logLevel: 'warning',
    });
    const { stdout } = await promisify(execFile)('gjs', ['-m', outfile, ...args], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
