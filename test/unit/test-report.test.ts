import { expect, test } from 'vitest';
import { reportAfter } from '../../scripts/test-report.mjs';

type File = Parameters<typeof reportAfter>[1]['testResults'][number];
type Test = File['assertionResults'][number];

const day = (number: number): number => Date.UTC(2026, 0, number);

function ran(name: string, on: number, tests: readonly Test[], status = 'passed'): File {
  const startTime = day(on);
  return {
    name: `/tree/test/long/${name}.test.ts`,
    startTime,
    endTime: startTime + 90_000,
    status,
    assertionResults: [...tests],
  };
}

const one = (part: string, status = 'passed', more: Partial<Test> = {}): Test => ({
  ancestorTitles: [part, 'a group'],
  title: 'a test',
  status,
  duration: 20_000,
  ...more,
});

/** The lines of the report after each of the runs. */
async function linesAfter(...runs: readonly (readonly File[])[]): Promise<readonly string[]> {
  let report = '';
  for (const testResults of runs)
    report = await reportAfter(report, { testResults: [...testResults], failedBeside: false });
  const rows = report.split('\n').filter(text => text.includes('.test.ts'));
  return rows.map(text => text.replace(/ +/g, ' '));
}

test('a run of some files leaves the lines of the others', async () => {
  const soak = ran('soak', 1, [one('soak', 'passed', { meta: { figures: '1000 insertions' } })]);
  const fuzz = ran('fuzz', 2, [one('fuzz'), one('fuzz', 'failed'), one('fuzz', 'skipped')], 'failed');
  expect(await linesAfter([soak, ran('fuzz', 1, [one('fuzz')])], [fuzz])).toEqual([
    '| fuzz.test.ts | 2026-01-02 | 1 passed, 1 failed | 90 s | |',
    '| soak.test.ts | 2026-01-01 | 1 passed, 0 failed | 90 s | 1000 insertions |',
  ]);
});

test('a run of some parts leaves the lines of the others', async () => {
  const all = ran('looks', 1, [one('light'), one('light'), one('rtl'), one('text200')]);
  const some = ran('looks', 2, [one('rtl', 'failed'), one('text200')], 'failed');
  expect(await linesAfter([all], [some])).toEqual([
    '| looks.test.ts: light | 2026-01-01 | 2 passed, 0 failed | 40 s | |',
    '| looks.test.ts: rtl | 2026-01-02 | 0 passed, 1 failed | 20 s | |',
    '| looks.test.ts: text200 | 2026-01-02 | 1 passed, 0 failed | 20 s | |',
  ]);
});

test('a file in parts that came to none has a line of its own, until it does', async () => {
  const light = ran('looks', 1, [one('light')]);
  const broken = ran('looks', 2, [], 'failed');
  const lines = await linesAfter([light], [broken]);
  expect(lines).toEqual([
    '| looks.test.ts | 2026-01-02 | 0 passed, 1 failed | 90 s | |',
    '| looks.test.ts: light | 2026-01-01 | 1 passed, 0 failed | 20 s | |',
  ]);
  expect(await linesAfter([light], [broken], [ran('looks', 3, [one('light')])])).toEqual([
    '| looks.test.ts: light | 2026-01-03 | 1 passed, 0 failed | 20 s | |',
  ]);
});
