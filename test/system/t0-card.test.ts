/** A card of the T=0 manner goes the whole way: the program, its shim, pcscd, the reader. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { toHex } from '../../src/base/bytes.js';
import { answers, login } from '../support/faults/people.js';
import { Workplace } from '../support/faults/workplace.js';

let workplace: Workplace;

beforeAll(async () => {
  workplace = await Workplace.open(1);
});
afterAll(async () => {
  await workplace.close();
  expect(workplace.errors).toBe('');
});

test('is formatted, enrolled and gets a new password', async () => {
  await workplace.use(async station => {
    const card = new VirtualCard({ number: 900, manner: 'T=0' });
    const commands = vi.spyOn(card, 'process');
    const answersOf = async (): Promise<string[]> =>
      Promise.all(commands.mock.results.map(async ({ value }) => toHex((await value) as Uint8Array)));
    await station.insert(card);
    const token = await station.settled();
    expect(token).toMatchObject({ status: 'NO_APPLET', cuid: toHex(card.cuid) });
    for (const [kind, status] of [
      ['format', 'UNINITIALIZED'],
      ['enroll', 'ENROLLED'],
      ['reset-pin', 'ENROLLED'],
    ] as const) {
      const typed = kind === 'reset-pin' ? { login, pin: 'Another.9' } : answers;
      const { failure } = await station.model.start(station.reader(), kind, station.tps.url, typed).ended;
      expect(failure, kind).toBeNull();
      expect(await station.settled(), kind).toMatchObject({ status, unfinished: false });
    }
    expect(await station.settled()).toMatchObject({ certificates: 2, keys: 2 });
    // In its manner: an answer to a command with data waits until it is asked for.
    expect((await answersOf()).filter(answer => /^61..$/.test(answer)).length).toBeGreaterThan(20);
    expect(commands.mock.calls.filter(([apdu]) => apdu[1] === 0xc0).length).toBeGreaterThan(20);
    await station.remove();
  });
});
