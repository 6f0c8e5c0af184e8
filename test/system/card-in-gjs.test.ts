import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { cardAsJson } from '../support/card/as-json.js';
import { ecCertificate } from '../support/card/certificates.js';
import { encodeCombined, encodeObject } from '../support/card/combined.js';

const folder = mkdtempSync(join(tmpdir(), 'esc-card-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('GJS reads of a card what Node reads', async () => {
  const bundle = join(folder, 'card.js');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../gjs/card.ts')],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    target: 'firefox102',
    external: ['gi://*', 'system'],
    logLevel: 'warning',
  });
  const live = fromHex(readFileSync(join(import.meta.dirname, '../vectors/z0-live.hex'), 'utf8'));
  const name = new TextEncoder().encode('Zoë Müller');
  const elliptic = encodeCombined({ name, objects: [encodeObject('c1', 0x91, [[0x11, ecCertificate]])] });
  for (const combined of [live, elliptic]) {
    const { stdout } = await promisify(execFile)('gjs', ['-m', bundle, toHex(combined)], { timeout: 30_000 });
    expect(stdout).toBe(`${await cardAsJson(combined)}\n`);
    expect(stdout).toContain('"notes":[]');
  }
}, 60_000);
