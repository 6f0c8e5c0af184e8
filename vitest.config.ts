import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const long = process.env.ESC_TEST_LONG === '1';
/** Within the lab: see scripts/test-dogtag.mjs. */
const dogtag = process.env.ESC_DOGTAG_ROOT !== undefined;
const include = dogtag
  ? ['test/dogtag/**/*.test.ts']
  : long
    ? ['test/long/**/*.test.ts']
    : ['test/unit/**/*.test.ts', 'test/system/**/*.test.ts'];

/** Small files that take minutes. Vitest takes them for short ones, and one worker would end with them alone. */
const slow = ['checks', 'demo-command', 'faults', 'diagnostics-window', 'preferences'];

function isSlow({ moduleId }: TestSpecification): boolean {
  return slow.some(name => moduleId.endsWith(`/system/${name}.test.ts`));
}

class SlowFirst extends BaseSequencer {
  public override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // As docs/interop.md tells them.
    if (dogtag) return files.sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter(file => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    include,
    testTimeout: long ? 3_600_000 : dogtag ? 600_000 : 180_000,
    hookTimeout: dogtag ? 600_000 : 180_000,
    // Milliseconds: what is waited for is there long before, on whatever machine, unless it never comes.
    expect: { poll: { timeout: 60_000 } },
    // On two cores: tests of windows and cards wait most of the time, and leave one of two workers' cores idle.
    // One lab: its files one after the other.
    maxWorkers: dogtag ? 1 : long ? 2 : 3,
    sequence: { sequencer: SlowFirst },
    // The log of a program that a test starts is not the user's.
    // Where no language is set, as after su, programs would write “?” for what ASCII lacks.
    env: {
      XDG_STATE_HOME: resolve(import.meta.dirname, 'build/test/state'),
      LANG: process.env.LANG ?? 'C.UTF-8',
    },
  },
});
