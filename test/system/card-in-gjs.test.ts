import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { cardAsJson } from '../support/card/as-json.js';
import { ecCertificate } from '../support/card/certificates.js';
import { encodeCombined, encodeObject } from '../support/card/combined.js';
import { runGjsProgram } from '../support/gjs-program.js';

test('GJS reads of a card what Node reads', async () => {
  const live = fromHex(readFileSync(join(import.meta.dirname, '../vectors/z0-live.hex'), 'utf8'));
  const name = new TextEncoder().encode('Zoë Müller');
  const elliptic = encodeCombined({ name, objects: [encodeObject('c1', 0x91, [[0x11, ecCertificate]])] });
  for (const combined of [live, elliptic]) {
    const stdout = await runGjsProgram('card', [toHex(combined)]);
    expect(stdout).toBe(`${await cardAsJson(combined)}\n`);
    expect(stdout).toContain('"notes":[]');
  }
});
