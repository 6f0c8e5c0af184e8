import { expect, test } from 'vitest';
import { overrun } from '../../scripts/vitest.mjs';

test('a run of npm test beyond 15 minutes is told of', () => {
  expect(overrun(900)).toBeUndefined();
  expect(overrun(901.4)).toMatch(/^!+\nTOO LONG: npm test took 901 s, and is to end within 900 s\.\n!+$/);
});
