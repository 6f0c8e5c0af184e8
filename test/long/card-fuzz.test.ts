import { expect, test } from 'vitest';
import { fuzz } from '../support/card/fuzz.js';
import { tell } from '../support/figures.js';

test('a million inputs of hostile card data', async context => {
  const seed = Date.now() & 0xffff;
  const before = process.memoryUsage().rss;
  const result = await fuzz(seed, 1_000_000);
  const growth = process.memoryUsage().rss - before;
  const { inputs, refused, slowest } = result;
  tell(
    context,
    `seed ${seed}: ${inputs} inputs, ${refused} refused, the slowest in ${Math.round(slowest.milliseconds)} ms, ` +
      `memory grew by ${Math.round(growth / 2 ** 20)} MiB`,
  );
  expect(result.refused).toBeGreaterThan(100_000);
  expect(result.slowest.milliseconds, result.slowest.name).toBeLessThan(5_000);
  expect(growth).toBeLessThan(512 * 2 ** 20);
}, 1_800_000);
