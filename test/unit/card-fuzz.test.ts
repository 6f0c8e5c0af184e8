import { expect, test } from 'vitest';
import { fuzz } from '../support/card/fuzz.js';

test('hostile card data: every input is read or refused', async () => {
  const seed = Date.now() & 0xffff;
  const { inputs, refused, slowest } = await fuzz(seed, 10_000);
  expect(refused, `seed ${seed}`).toBeGreaterThan(inputs / 10);
  expect(refused, `seed ${seed}`).toBeLessThan(inputs);
  expect(slowest.milliseconds, `seed ${seed}, ${slowest.name}`).toBeLessThan(2_000);
}, 60_000);
