/** What is done with the settings for a card does not grow with the cards that are remembered, with either backend. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cuidOf, groupsOf, knownUrl, sharesOf } from '../../bench/remembered.js';
import { bundleGjsProgram } from '../support/gjs-program.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { removeFolder } from '../support/processes.js';

interface Work {
  readonly reads: number;
  readonly writes: number;
  readonly applied: number;
  readonly longest: number;
}

const schemas = resolve(import.meta.dirname, '../../build/stage/share/esc/schemas');
const folder = mkdtempSync(join(tmpdir(), 'esc-many-'));
const program = join(folder, 'program.js');
const few = 10;
const many = 10_000;
let issuer: DocumentServer;

beforeAll(async () => {
  await bundleGjsProgram('settings-work', program);
  issuer = await DocumentServer.start({ Operation: 'https://pki.example.com:8443/tps/tps' });
});
afterAll(async () => {
  await issuer.end();
  await removeFolder(folder);
});

describe.each(['keyfile', 'dconf'])('with %s', backend => {
  /** What is done for cards, while a number of others are remembered. */
  async function workFor(count: number, url: string, ...cuids: readonly string[]): Promise<Work[]> {
    const config = join(folder, `${backend}-${count}`);
    const env = { ...process.env, GSETTINGS_BACKEND: backend, XDG_CONFIG_HOME: config };
    mkdirSync(join(config, 'esc/cards'), { recursive: true });
    const shares = sharesOf(count);
    if (backend === 'keyfile')
      for (const share of shares)
        writeFileSync(join(config, 'esc/cards', share.name), groupsOf(share, 'cards'));
    else
      execFileSync('dbus-run-session', ['--', 'dconf', 'load', '/io/github/escproject/Esc/cards/'], {
        env,
        input: shares.map(share => groupsOf(share, share.name, `${share.name}/`)).join('\n'),
      });
    const command = ['--', 'gjs', '-m', program, schemas, url, ...cuids];
    const { stdout } = await promisify(execFile)('dbus-run-session', command, { env });
    return JSON.parse(stdout) as Work[];
  }

  test('nothing is written for a card that is remembered, and the same few keys are read', async () => {
    const [small, large] = [
      await workFor(few, knownUrl, cuidOf(3)),
      await workFor(many, knownUrl, cuidOf(3)),
    ];
    expect(small).toMatchObject([{ writes: 0, applied: 0 }]);
    expect(large).toEqual(small);
  });

  test('all of a new card is written at once, and no list of all cards is read or written', async () => {
    const [small, large] = [
      await workFor(few, issuer.url, cuidOf(1_000_001)),
      await workFor(many, issuer.url, cuidOf(1_000_001)),
    ];
    expect(small).toMatchObject([{ applied: 1 }]);
    for (const key of ['reads', 'writes', 'applied'] as const) expect(large[0]?.[key]).toBe(small[0]?.[key]);
    // A share of the index: 40 of 10,000 cards.
    expect(large[0]?.longest).toBeLessThan(30 * (many / 256) * 2);
  });
});
