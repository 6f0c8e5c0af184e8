/** A million requests at random, to the shim with the sanitizers. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildSanitizedShim, buildShim } from '../support/pcsc/build.js';
import { tell } from '../support/figures.js';
import { FakePcsc, present } from '../support/pcsc/fake-pcsc.js';
import { fuzzRequest, randomNumbers } from '../support/pcsc/fuzz.js';
import { RawShim } from '../support/pcsc/raw-shim.js';

const card = `reader ${present(1).toString(16)} 3B021450 A Reader`;

function anonymousMemory(pid: number): number {
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

async function fuzz(
  program: string,
  count: number,
): Promise<{ status: number | string; text: string; grown: number; seed: number }> {
  const pcsc = new FakePcsc();
  // Without a file for the calls, which would grow beyond measure.
  pcsc.script(card, 'quiet');
  const shim = new RawShim([program], { ...pcsc.env, ASAN_OPTIONS: 'exitcode=99' });
  const seed = Date.now() % 0xffffffff;
  const random = randomNumbers(seed);
  let first = 0;
  for (let tag = 1; tag <= count; tag += 1) {
    shim.send(fuzzRequest(random, tag));
    if (tag % 1_000 !== 0) continue;
    shim.frames.length = 0;
    await shim.ping();
    if (tag === count / 10) first = anonymousMemory(shim.process.pid);
  }
  const grown = anonymousMemory(shim.process.pid) - first;
  shim.process.endInput();
  const status = await shim.process.ended;
  await pcsc.remove();
  return { status, text: shim.process.errors(), grown, seed };
}

test('a million requests with the sanitizers: no fault, no leak', async context => {
  const { status, text, seed } = await fuzz(buildSanitizedShim(), 1_000_000);
  tell(context, `seed ${seed}: the shim ended with ${status}`);
  expect([status, text]).toEqual([0, '']);
});

test('300,000 requests: memory stays where it is', async context => {
  const { status, grown, seed } = await fuzz(buildShim(), 300_000);
  tell(context, `seed ${seed}: memory grew by ${grown} KiB`);
  expect(status).toBe(0);
  // KiB: 32 connections with their buffers come and go.
  expect(grown).toBeLessThan(12_000);
});
