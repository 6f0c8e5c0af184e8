import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LogEvent } from '../../src/tokens/log/event.js';
import { blankCard } from '../support/faults/enrolment.js';
import { answers } from '../support/faults/people.js';
import { Workplace } from '../support/faults/workplace.js';
import { runGjsProgram } from '../support/gjs-program.js';
import { removeFolder } from '../support/processes.js';

const root = mkdtempSync(join(tmpdir(), 'esc-log-'));
afterAll(() => removeFolder(root));

let folders = 0;
function newFolder(): string {
  folders += 1;
  return join(root, String(folders), 'esc');
}

async function read(folder: string): Promise<LogEvent[]> {
  return JSON.parse(await runGjsProgram('log', ['read', folder])) as LogEvent[];
}

function event(more: object, second = 0): string {
  const time = new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
  return `${JSON.stringify({ time, program: 'esc', pid: 1, kind: 'card-inserted', ...more })}\n`;
}

test('five processes write at the same time and neither lose nor mix a line', async () => {
  const folder = newFolder();
  const names = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(names.map(name => runGjsProgram('log', ['write', folder, '400', name, '20000', '1000'])));
  // Files were put aside meanwhile.
  expect(readdirSync(folder).length).toBeGreaterThan(5);
  const events = await read(folder);
  for (const name of names) {
    const numbers = events
      .filter(({ program }) => program === name)
      .map(({ detail }) => Number(detail?.split(' ')[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i));
  }
  const times = events.map(({ time }) => time);
  expect(times).toEqual([...times].sort());
});

test('the log is bounded, keeps the newest, and only the user can read it', async () => {
  const folder = newFolder();
  await runGjsProgram('log', ['write', folder, '2000', 'a', '20000', '3']);
  const files = readdirSync(folder);
  const sizes = files.map(name => statSync(join(folder, name)));
  expect(files).toHaveLength(4);
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(4 * 21_000);
  for (const { mode } of sizes) expect(mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect((await read(folder)).at(-1)?.detail).toMatch(/^a 1999 /);
});

test('a folder or a disk that takes nothing disturbs nobody', async () => {
  const blocked = join(root, 'a-file');
  writeFileSync(blocked, '');
  expect(await runGjsProgram('log', ['write', join(blocked, 'esc'), '10', 'a'])).not.toBe('\n');
  const full = newFolder();
  mkdirSync(full, { recursive: true });
  symlinkSync('/dev/full', join(full, 'events.jsonl'));
  expect(await runGjsProgram('log', ['write', full, '10', 'a'])).toMatch(/No space left/);
  expect(await read(newFolder())).toEqual([]);
});

test('a line that was cut off, and what is no event, keep no other line from being read', async () => {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'events.jsonl');
  const good = (detail: string): string => event({ detail, reader: detail });
  writeFileSync(file, good('first'));
  appendFileSync(file, good('cut').slice(0, 60) + good('second'));
  appendFileSync(
    file,
    'null\n[]\n{"time":1}\n\0\xff\n{"time":"2026-01-01T12:00:00Z","kind":"toString","program":"x"}\n',
  );
  appendFileSync(file, good('third'));
  expect((await read(folder)).map(({ detail }) => detail)).toEqual(['first', 'second', 'third']);
});

test('what window and agent both noticed is told once; a second insertion is another event', async () => {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const card = { reader: 'R', insertion: 7 };
  writeFileSync(
    join(folder, 'events.jsonl'),
    event({ ...card, pid: 1 }, 0) +
      event({ ...card, pid: 2 }, 1) +
      event({ ...card, insertion: 9, pid: 1 }, 2) +
      event({ ...card, insertion: 9, pid: 2 }, 2) +
      event({ kind: 'operation-done', pid: 1 }, 3) +
      event({ kind: 'operation-done', pid: 2 }, 3) +
      // The computer was started again, and pcscd counts from the beginning.
      event({ ...card, pid: 3 }, 50),
  );
  expect((await read(folder)).map(({ kind, insertion, pid }) => [kind, insertion, pid])).toEqual([
    ['card-inserted', 7, 1],
    ['card-inserted', 9, 1],
    ['operation-done', undefined, 1],
    ['operation-done', undefined, 2],
    ['card-inserted', 7, 3],
  ]);
});

test('all that the guide names is written down, with what status words mean, and no secret', async () => {
  const workplace = await Workplace.open(1);
  try {
    await workplace.use(async station => {
      const { model, logFolder, tps } = station;
      const reader = station.reader();
      const start = (kind: 'enroll' | 'format', typed = answers): ReturnType<typeof model.start> =>
        model.start(reader, kind, tps.url, typed);

      const card = blankCard();
      await station.insert(card);
      await station.settled();
      expect((await start('enroll').ended).failure).toBeNull();
      await start('format', { ...answers, login: { ...answers.login, PASSWORD: 'not.the.Password' } }).ended;
      station.fault = ({ message }) => (message.type === 'pdu-request' ? { kind: 'hang-up' } : undefined);
      await start('enroll').ended;
      station.fault = () => {
        station.pull();
        return undefined;
      };
      await start('enroll').ended;
      station.fault = undefined;
      station.killPcscd();
      await model.when('the loss of pcscd', () => model.state.service === 'pcscd-stopped' || undefined);
      await station.startPcscdAgain();
      await model.when('pcscd', () => model.state.service === 'running' || undefined);

      const strange = blankCard();
      strange.setFaults([{ fault: { kind: 'answer', statusWord: 0x6f00 } }]);
      await station.insert(strange);
      await station.settled();

      const events = await read(logFolder);
      const kinds = events.map(({ kind }) => kind);
      const of = (kind: LogEvent['kind']): LogEvent[] => events.filter(found => found.kind === kind);
      expect(kinds.slice(0, 4)).toEqual(['program-started', 'library-started', 'card-inserted', 'card-read']);
      expect(of('card-read')[0]).toMatchObject({ reader, status: 'NO_APPLET' });
      expect(of('card-read')[1]).toMatchObject({ status: 'ENROLLED', cuid: of('card-read')[0]?.cuid });
      expect(of('operation-started')).toHaveLength(4);
      expect(of('operation-done')).toMatchObject([{ operation: 'enroll', status: 'ENROLLED' }]);
      expect(of('tps-error')).toMatchObject([{ operation: 'format', serverCode: 14 }]);
      expect(of('tps-lost')).toMatchObject([{ operation: 'enroll', code: 'server-closed' }]);
      expect(of('card-lost')).toMatchObject([{ operation: 'enroll', code: 'card-removed', reader }]);
      expect(of('operation-failed')).toHaveLength(3);
      expect(of('card-removed')).toMatchObject([{ reader }]);
      expect(of('pcscd-lost')).toMatchObject([{ code: 'pcscd-stopped' }]);
      expect(of('library-started')).toHaveLength(2);
      expect(of('card-not-recognized')).toMatchObject([{ reader }]);
      // Deleting the applet that a blank card does not have.
      expect(of('card-status')).toContainEqual(
        expect.objectContaining({ step: 'DELETE', result: '6A88', reader }),
      );

      const text = await runGjsProgram('log', ['text', logFolder]);
      expect(text).toContain(
        'The card answered 6A88 to DELETE: What was to be deleted is not on the card. (ESC-3304',
      );
      expect(text).toMatch(/Error from TPS: The user name or password was not accepted\..*ESC-4014/);
      expect(text).toMatch(/Connection to TPS lost: 127\.0\.0\.1:\d+ ended the connection in the middle\./);
      const raw = readFileSync(join(logFolder, 'events.jsonl'), 'utf8');
      for (const secret of [...Object.values(answers.login ?? {}), answers.pin ?? '', 'not.the.Password'])
        if (secret !== 'jsmith') expect(raw).not.toContain(secret);
    });
  } finally {
    await workplace.close();
  }
});
