/** Servers speak to each client as it said it can: with or without status updates, with or without a form for the login. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desk } from '../support/dogtag/desk.js';
import { lab } from '../support/dogtag/lab.js';
import { Relay } from '../support/dogtag/relay.js';
import { largeKeys } from '../support/dogtag/settings.js';
import { expectEnrolled } from '../support/dogtag/three-sides.js';

const pin = 'First-471';

/** Has what the program announces not be said. */
function without(...extensions: readonly string[]): (text: string) => string {
  return text => extensions.reduce((said, name) => said.replace(name, name.replace(/^./, 'x')), text);
}

describe.each([
  [1024, {}],
  [2048, { tps: largeKeys }],
] as const)('keys of %s bit', (bits, settings) => {
  let desk: Desk;

  beforeAll(async () => {
    await lab.use(settings);
    desk = await Desk.open();
  });
  afterAll(() => desk.close());

  test.each([
    ['a form for the login, with status updates', [], { forms: true, updates: true }],
    ['a form for the login, without status updates', ['statusUpdate'], { forms: true, updates: false }],
    [
      'user name and password asked for plainly, with status updates',
      ['extendedLoginRequest'],
      { forms: false, updates: true },
    ],
    [
      'user name and password asked for plainly, without status updates',
      ['extendedLoginRequest', 'statusUpdate'],
      { forms: false, updates: false },
    ],
  ])('a card is formatted and enrolled with %s', async (_name, hidden, { forms, updates }) => {
    const relay = await Relay.start(without(...hidden));
    try {
      const person = await lab.newPerson();
      const card = await desk.insertNew();
      const there = { tps: relay.url, args: ['--allow-http', '--progress=json'] };
      await desk.mustOperate('format', { person, ...there });
      const result = await desk.operate('enroll', { person, pin, ...there });
      expect(result.status, result.stdout).toBe(0);
      await expectEnrolled(desk, { card, person, pin, bits });

      expect(relay.fromServer.includes('msg_type=16&')).toBe(forms);
      expect(relay.fromServer.includes('msg_type=3&')).toBe(!forms);
      expect(relay.fromServer.includes('msg_type=14&')).toBe(updates);
      // Progress is shown either way, and never goes back.
      const fractions = result.events.map(({ fraction }) => fraction);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(new Set(fractions).size).toBeGreaterThan(3);
    } finally {
      relay.close();
    }
  });
});
