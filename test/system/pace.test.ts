/**
 * GJS 1.74 loses callbacks in a long run of asynchronous calls (see src/io/pace.ts). What is done about it holds for
 * twice as many calls as the fault needs, and without it they are lost: six of six runs before 30,000.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGjsProgram } from '../support/gjs-program.js';
import { removeFolder } from '../support/processes.js';

const roundTrips = 60_000;
/** What GJS says when it drops a callback. */
const loss = 'Attempting to run a JS callback during garbage collection';

const withoutPace: Plugin = {
  name: 'without pace',
  setup(build) {
    build.onLoad({ filter: /\/src\/io\/pace\.ts$/ }, () => ({ contents: 'export function pace() {}' }));
  },
};

const folder = mkdtempSync(join(tmpdir(), 'esc-pace-'));
const echo = createServer(socket => {
  socket.setNoDelay(true).on('error', () => undefined);
  socket.pipe(socket);
});

beforeAll(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});

afterAll(async () => {
  echo.close();
  await removeFolder(folder);
});

/** Runs the program to its end, or to the first callback that is lost: what waits for it waits for ever. */
async function run(name: string, plugins: readonly Plugin[]): Promise<{ last: string; errors: string }> {
  const program = join(folder, `${name}.js`);
  await bundleGjsProgram('round-trips', program, plugins);
  const { port } = echo.address() as AddressInfo;
  const child = spawn('gjs', ['-m', program, String(port), String(roundTrips)]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
    if (errors.includes(loss)) child.kill();
  });
  await once(child, 'close');
  return { last: output.trim().split('\n').at(-1) ?? '', errors };
}

test(`${roundTrips} round trips lose nothing`, async () => {
  expect(await run('paced', [])).toEqual({ last: `${roundTrips} round trips`, errors: '' });
});

const version = execFileSync('gjs', ['--version'], { encoding: 'utf8' });

test.runIf(version.startsWith('gjs 1.74.'))('of which some are lost without the pace', async () => {
  // Chance has it when they are lost: one run in many might be spared.
  for (let attempt = 1; ; attempt += 1) {
    const { last, errors } = await run('unpaced', [withoutPace]);
    if (attempt < 3 && errors === '') continue;
    expect(errors).toContain(loss);
    expect(Number(last)).toBeLessThan(roundTrips);
    return;
  }
});
