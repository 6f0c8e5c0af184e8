import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const long = process.env.ESC_TEST_LONG === '1';

export default defineConfig({
  test: {
    include: long ? ['test/long/**/*.test.ts'] : ['test/unit/**/*.test.ts', 'test/system/**/*.test.ts'],
    testTimeout: long ? 3_600_000 : 180_000,
    hookTimeout: 180_000,
    // Two cores: more workers only take time from each other.
    maxWorkers: 2,
    // The log of a program that a test starts is not the user's.
    env: { XDG_STATE_HOME: resolve(import.meta.dirname, 'build/test/state') },
  },
});
