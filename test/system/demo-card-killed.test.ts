/** What is left when the program that holds card and readers is killed: a whole card, and no process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { claimPorts, type ClaimedPorts } from '../../demo/readers/claimed-ports.js';
import { answersAt } from '../../demo/readers/pcscd.js';
import { buildVpcdLink } from '../../demo/vpcd-link/build.js';
import { appletAid, CardHost } from '../support/card-host.js';
import { removeFolder } from '../support/processes.js';

let folder: string;
let linkPath: string;
let ports: ClaimedPorts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'card-killed-'));
  ports = await claimPorts();
  linkPath = await buildVpcdLink(folder);
  await build({
    entryPoints: [resolve(import.meta.dirname, '../support/card-in-reader.ts')],
    outfile: join(folder, 'card-in-reader.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
});

afterAll(async () => {
  ports.release();
  await removeFolder(folder);
});

/** The processes whose command line names the folder. */
async function processesOf(directory: string): Promise<string[]> {
  const numbers = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(
    numbers.map(number => readFile(`/proc/${number}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter(line => line.includes(directory));
}

test.each([0, 70])('killed after %i ms: the file holds a whole card, and nothing still runs', async wait => {
  const directory = await mkdtemp(join(folder, 'readers-'));
  const file = join(directory, 'card.json');
  const program = spawn(
    process.execPath,
    [join(folder, 'card-in-reader.mjs'), directory, linkPath, file, `${ports.first}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(program, 'exit');
  await Promise.race([once(program.stdout, 'data'), ended]);
  const socket = join(directory, 'run/pcscd.comm');
  expect(await answersAt(socket)).toBe(true);
  expect(await processesOf(directory)).not.toEqual([]);
  // At another point of the gathering and writing of changes each time; which one does not matter.
  await new Promise(resolve => setTimeout(resolve, wait));
  program.kill('SIGKILL');
  await ended;
  const card = new VirtualCard({ file });
  const host = new CardHost(apdu => card.process(apdu));
  await host.select(appletAid);
  expect(await host.send('B05800000E')).toBe('7A30000000000004FFFFFFFFFFFF9000');
  await expect.poll(() => processesOf(directory)).toEqual([]);
  expect(await answersAt(socket)).toBe(false);
});
