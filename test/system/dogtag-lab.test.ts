/** What is said where the lab with a real Dogtag cannot be built, or cannot run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { removeFolder } from '../support/processes.js';

const build = resolve(import.meta.dirname, '../dogtag/lab/build.sh');
const able = resolve(import.meta.dirname, '../dogtag/lab/able.sh');
const folder = mkdtempSync(join(tmpdir(), 'esc-lab-'));
const cache = join(folder, 'cache');
/** As build.sh tells that the mirror has no Debian 11. */
const noDebian = 69;

let server: Server;
/** What the mirror answers to each path. */
let answer: (path: string) => number;

beforeEach(async () => {
  server = createServer(({ url = '' }, response) => {
    response.statusCode = answer(url);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), 'close');
  };
});
afterAll(() => removeFolder(folder));

/** Builds with apt naming a mirror of ours. */
async function run(apt = `echo http://127.0.0.1:${(server.address() as AddressInfo).port}/debian/`): Promise<{
  readonly status: unknown;
  readonly said: string;
}> {
  writeFileSync(join(folder, 'apt-get'), `#!/bin/sh\n${apt}\n`, { mode: 0o755 });
  const { PATH = '' } = process.env;
  const env = { ...process.env, PATH: `${folder}:${PATH}`, ESC_DOGTAG: cache, no_proxy: '127.0.0.1' };
  const child = spawn(build, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(readdirSync(cache).filter(name => name.startsWith('debian-'))).toEqual([]);
  return { status: child.exitCode, said };
}

test('a mirror without Debian 11 is told from all else', async () => {
  answer = () => 404;
  const { status, said } = await run();
  expect(said).toContain('the mirror has no Debian 11 any more');
  expect(status).toBe(noDebian);
});

test('a mirror that is out of order is a failure', async () => {
  answer = () => 503;
  const { status, said } = await run();
  expect(said).toContain('the mirror does not say whether it has Debian 11');
  expect(status).toBe(1);
});

test('a mirror that nobody reaches is a failure', async () => {
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  const { status, said } = await run(`echo http://127.0.0.1:${port}/debian/`);
  expect(said).toContain('the mirror does not say whether it has Debian 11');
  expect(status).toBe(1);
});

test('no mirror at all is a failure', async () => {
  const { status, said } = await run('exit 0');
  expect(said).toContain('apt does not name a mirror');
  expect(status).toBe(1);
});

test('a mirror that has Debian 11, and not all of it, is a failure', async () => {
  answer = path => (path.endsWith('/bullseye/Release') ? 200 : 404);
  const { status, said } = await run();
  expect(said).toContain('could not build debian');
  expect(status).toBe(1);
});

test.each([
  ['can run it', 'true', 0],
  [
    'does not let root make namespaces',
    'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1',
    77,
  ],
  ['does not let root lay folders upon each other', 'case "$*" in *overlay*) exit 32; esac', 77],
  ['cannot tell for another reason', 'exit 127', 1],
  ['cannot tell for a reason in a namespace', 'case "$*" in *overlay*) exit 1; esac', 1],
])('a machine that %s', async (_what, unshare, status) => {
  writeFileSync(join(folder, 'unshare'), `#!/bin/sh\n${unshare}\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}`, ESC_DOGTAG: cache };
  const [code] = (await once(spawn(able, { env, stdio: 'ignore' }), 'exit')) as [number];
  expect(code).toBe(status);
  expect(readdirSync(cache).filter(name => name.startsWith('try.'))).toEqual([]);
});
