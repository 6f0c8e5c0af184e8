import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Failure } from '../../../src/base/failure.js';

export interface DocumentRequest {
  readonly url: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** PEM. */
  readonly trustAnchors?: string;
  /** Milliseconds. */
  readonly cancelAfter?: number;
}

export interface DocumentResult {
  readonly issuerName?: string;
  readonly services?: Readonly<Record<string, string>>;
  readonly failure?: Pick<Failure, 'code' | 'detail' | 'facts'>;
  readonly milliseconds: number;
}

const root = resolve(import.meta.dirname, '../../..');

/** Fetches and reads documents inside GJS, one after the other. */
export async function fetchInGjs(requests: readonly DocumentRequest[]): Promise<DocumentResult[]> {
  const outfile = join(root, `build/test/phone-home/documents-${process.pid}.js`);
  await build({
    entryPoints: [join(root, 'test/gjs-programs/documents.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'firefox102',
    external: ['gi://*', 'system', 'gettext'],
    logLevel: 'warning',
  });
  const { stdout } = await promisify(execFile)('gjs', ['-m', outfile, JSON.stringify(requests)]);
  return JSON.parse(stdout) as DocumentResult[];
}
