import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

let demo: Demo;
beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  const { environment, user, password } = demo;
  await runEscctl(['enroll', '--user', user, '--password-file', '-', '--pin-file', '-'], {
    environment,
    input: `${password}\nSecret.12\n`,
  });
  const refused = await runEscctl(['format', '--user', user, '--password-file', '-'], {
    environment,
    input: 'wrong\n',
  });
  expect(refused.status).toBe(6);
});
afterAll(() => demo.end());

const looks: readonly (readonly [string, Look])[] = [
  ['light', {}],
  ['dark-narrow', { dark: true, width: 360, height: 720 }],
];

describe.each(looks)('the window of diagnostics, %s', (name, look) => {
  let window: DrivenWindow;
  const see = (text: string): Promise<unknown> => window.findPart('label', text, 15);
  const picture = (what: string): Promise<void> => window.picture(pictureFile(`diagnostics-${what}-${name}`));
  const page = (title: string): Promise<void> => window.press('page tab', title);

  beforeAll(async () => {
    window = await DrivenWindow.start([esc], demo.environment, look);
    await window.find('label', 'John Smith');
    await window.activate('diagnostics');
    await window.find('frame', 'Diagnostics');
  });
  afterAll(() => window.end());

  test('tells all about programs, readers and cards', async () => {
    await window.find('list item', 'Number of cards: 1');
    const names = (await window.tree()).filter(({ role }) => role === 'list item').map(shown => shown.name);
    for (const fact of ['Number of readers: 2', 'Status: ENROLLED', 'CoolKey: yes', `TPS URL: ${demo.tps}`])
      expect(names).toContain(fact);
    for (const what of [
      'Smart Card Manager',
      'GJS',
      'GTK',
      'Adwaita',
      'pcsc-lite',
      'Applet version',
      'Card number (CUID)',
      'Issuer',
      'Answer to reset (ATR)',
      'Phone Home URL on the card',
      'Phone Home URL in use',
      'Enrollment form URL',
      'Serial number',
      'Valid until',
      'Nickname',
    ])
      expect(names.filter(name => name.startsWith(`${what}: `)).length, what).toBeGreaterThan(0);
    await picture('information');
    await window.press('push button', 'Copy All');
  });

  test('shows the log, which filters make shorter', async () => {
    await page('Log');
    await see('Operation completed');
    await see('Error from TPS');
    await picture('log');
    await window.type('entry', 'Search the Log', 'ESC-4014');
    await window.gone('label', 'Operation completed');
    await see('Error from TPS');
    await picture('log-filtered');
    await window.type('entry', 'Search the Log', 'nothing is like this');
    await see('No Events');
    await window.type('entry', 'Search the Log', '');
    await see('Operation completed');
    await window.press('push button', 'Copy Log');
  });

  test('shows an event as soon as it happens', async () => {
    await demo.order('remove 1');
    await see('Card removed');
    await demo.order('insert 1');
  });

  test('tests one thing after the other', async () => {
    await page('Check-Up');
    await window.press('push button', 'Start Check-Up');
    await window.findPart('list item', 'PKCS #11 Modules, Fine');
    const names = (await window.tree()).map(shown => shown.name).join('\n');
    for (const fine of ['Smart Card Service (pcscd)', 'Readers', 'Cards', 'Phone Home', 'Server (TPS)'])
      expect(names).toContain(`${fine}, Fine`);
    expect(names).toContain('Protected Connection (TLS), Skipped, Not protected');
    await window.find('push button', 'Start Check-Up');
    await picture('check-up');
  });
});

test('of a full log only the rows that show are made', async () => {
  const folder = join(demo.directory, 'state/esc');
  mkdirSync(folder, { recursive: true });
  const line = (i: number): string =>
    JSON.stringify({
      time: new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString(),
      program: 'esc',
      pid: 1,
      kind: 'card-status',
      code: 'card-refused',
      result: '6A88',
      step: 'DELETE',
      reader: `Reader ${i}`,
    });
  for (let file = 0; file < 3; file += 1)
    writeFileSync(
      join(folder, `events-000000000000000${file}-1.jsonl`),
      `${Array.from({ length: 1500 }, (_, i) => line(file * 1500 + i)).join('\n')}\n`,
    );
  expect(readFileSync(join(folder, 'events-0000000000000000-1.jsonl')).length).toBeGreaterThan(200_000);
  const window = await DrivenWindow.start([esc], demo.environment);
  try {
    await window.find('label', 'John Smith');
    await window.activate('diagnostics');
    await window.find('frame', 'Diagnostics');
    await window.press('page tab', 'Log');
    await window.findPart('label', 'Program started');
    const rows = (await window.tree()).filter(({ name }) => name === 'Card status word');
    // GTK keeps some 200 besides those that show.
    expect(rows.length).toBeLessThan(500);
  } finally {
    await window.end();
  }
});
