import { expect, test } from 'vitest';
import { tell } from '../support/figures.js';
import { fuzz } from '../support/protocol/fuzz.js';

const inputs = 1_000_000;
const mebibyte = 1024 * 1024;

test('a million damaged messages and responses: no crash, no hang, no growth', context => {
  // The first tenth fills caches and compiles; what is held after it must be held at the end.
  const seed = Date.now() % 0x7fffffff;
  const heaps: number[] = [];
  const count = fuzz(inputs, seed, ({ inputs: done }) => {
    if (done % (inputs / 10) === 0) heaps.push(process.memoryUsage().heapUsed);
  });
  tell(
    context,
    `seed ${seed}: ${count.messages} messages, ${count.failures} failures, heap in MiB: ${heaps.map(inMiB).join(', ')}`,
  );
  expect(count.inputs).toBe(inputs);
  expect(count.messages).toBeGreaterThan(inputs / 20);
  expect(count.failures).toBeGreaterThan(inputs / 20);
  expect(Math.min(...heaps.slice(-3)) - (heaps[0] ?? 0)).toBeLessThan(32 * mebibyte);
  expect(Math.max(...heaps)).toBeLessThan(400 * mebibyte);
}, 3_600_000);

function inMiB(bytes: number): number {
  return Math.round(bytes / mebibyte);
}
