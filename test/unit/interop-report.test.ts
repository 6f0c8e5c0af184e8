/** What docs/interop.md says after a run of some scenarios with a real Dogtag. */
import { expect, test } from 'vitest';
import { interopWith } from '../../scripts/interop-report.mjs';

const written = `# Title

<!-- results -->

- Dogtag 1

| area  | scenario | result | time  | Smart Card Manager  |
| ----- | -------- | ------ | ----- | ------------------- |
| lost  | old name | passed | 1.0 s | aaaaaaa, 2026-01-01 |
| lost  | was left out | passed | 1.5 s | aaaaaaa, 2026-01-01 |
| other | stays    | passed | 2.0 s | bbbbbbb, 2026-01-02 |

<!-- end of results -->

By hand.
`;

const file = {
  name: '/somewhere/test/dogtag/lost.test.ts',
  startTime: 0,
  endTime: 0,
  status: 'failed',
  assertionResults: [
    { status: 'passed', ancestorTitles: ['the server'], title: 'a | b', duration: 1234 },
    { status: 'failed', ancestorTitles: [], title: 'is broken', duration: 10 },
    { status: 'skipped', ancestorTitles: [], title: 'was not reached' },
    { status: 'skipped', ancestorTitles: [], title: 'was left out' },
  ],
};
const run = { versions: 'Dogtag 1\n', tree: 'ccccccc', day: '2026-02-03', whole: false };

/** The cells of each row, without their padding. */
async function rows(changes: Partial<typeof run>): Promise<string[]> {
  const text = await interopWith(written, [file], { ...run, ...changes });
  expect(text).toMatch(/^# Title\n[^]*\n<!-- end of results -->\n\nBy hand\.\n$/);
  const lines = text.split('\n').filter(line => line.startsWith('| '));
  return lines.slice(2).map(line => line.replace(/ +/g, ' '));
}

const fresh = [
  '| lost | the server: a \\| b | passed | 1.2 s | ccccccc, 2026-02-03 |',
  '| lost | is broken | **failed** | 0.0 s | ccccccc, 2026-02-03 |',
  '| lost | was not reached | **not run** | 0.0 s | ccccccc, 2026-02-03 |',
];
const left = '| lost | was left out | passed | 1.5 s | aaaaaaa, 2026-01-01 |';
const kept = '| other | stays | passed | 2.0 s | bbbbbbb, 2026-01-02 |';

test('the areas that ran have their new rows alone, failures too; what did not run keeps its own and its commit', async () => {
  expect(await rows({})).toEqual([...fresh, left, kept]);
});

test('a run of all, or with another Dogtag, keeps no row', async () => {
  const notNow = left.replace(
    'passed | 1.5 s | aaaaaaa, 2026-01-01',
    '**not run** | 0.0 s | ccccccc, 2026-02-03',
  );
  expect(await rows({ whole: true })).toEqual([...fresh, notNow]);
  expect(await rows({ versions: 'Dogtag 2\n' })).toEqual([...fresh, notNow]);
});
