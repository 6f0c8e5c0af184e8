import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { severities } from '../../src/tokens/log/event.js';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { DrivenWindow, withPortals, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

let demo: Demo;
beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  const { environment, user } = demo;
  await enrollCard(demo);
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
  const see = (text: string): Promise<unknown> => window.findPart('label', text);
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
    const facts = ['Number of Cards: 1', 'Number of Readers: 2', 'Status: ENROLLED', 'CoolKey: yes'];
    const told = [
      'Smart Card Manager',
      'GJS',
      'GTK',
      'Adwaita',
      'pcsc-lite',
      'Applet Version',
      'Card Number (CUID)',
      'Issuer',
      'Card Type (ATR)',
      'Phone Home URL on the Card',
      'Phone Home URL in Use',
      'Enrollment Page',
      'Serial Number',
      'Valid Until',
      'Nickname',
    ].map(what => expect.stringMatching(new RegExp(`^${what.replace(/[()]/g, '\\$&')}: .`)) as unknown);
    const names = async (): Promise<readonly string[]> =>
      (await window.tree()).filter(({ role }) => role === 'list item').map(shown => shown.name);
    await expect
      .poll(names)
      .toEqual(expect.arrayContaining([...facts, `Server for Operations (TPS): ${demo.tps}`, ...told]));
    await picture('information');
  });

  test('shows the log, which filters make shorter', async () => {
    await page('Log');
    // Rows that do not show are not there for every GTK.
    await see('Program started');
    await picture('log');
    await window.type('entry', 'Search the Log', 'completed');
    await see('Operation completed');
    await window.type('entry', 'Search the Log', 'ESC-4014');
    await window.gone('label', 'Operation completed');
    await see('Error from TPS');
    await picture('log-filtered');
    await window.type('entry', 'Search the Log', 'nothing is like this');
    await see('No Events');
    await window.type('entry', 'Search the Log', '');
    await see('Program started');
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

  test('leads from a card to what is known about it', async () => {
    await window.press('push button', 'Diagnostics');
    const focused = async (): Promise<readonly string[]> =>
      (await window.tree())
        .filter(({ role, states }) => role === 'list item' && states.includes('focused'))
        .map(shown => shown.name);
    const [reader = ''] = demo.readers;
    await expect.poll(focused).toEqual([`Reader: ${reader}`]);
    await picture('card');
  });
});

describe('what is told', () => {
  let window: DrivenWindow;
  /** Opens a list of choices and goes to one of them by the keyboard. */
  const choose = async (list: string, index: number): Promise<void> => {
    await window.press('push button', list);
    await window.keys('list item', 'Home', ...Array<string>(index).fill('Down'), 'Return');
  };
  /** What is in the clipboard, once it is another text than before. */
  const copied = async (button: string, before = ''): Promise<string> => {
    await window.press('push button', button);
    await expect.poll(() => window.clipboard()).not.toBe(before);
    return window.clipboard();
  };

  beforeAll(async () => {
    window = await DrivenWindow.start([esc], { ...demo.environment, ...withPortals });
    await window.find('label', 'John Smith');
    await window.activate('diagnostics');
    await window.find('list item', 'Number of Cards: 1');
  });
  afterAll(() => window.end());

  let text: string;
  const iso = /Valid Until\s+\d{4}-\d\d-\d\dT/;
  test('is copied, all about the card, with dates that every language has', async () => {
    text = await copied('Copy All');
    expect(text).toMatch(iso);
    const until = (await window.tree()).find(({ name }) => name.startsWith('Valid Until: '))?.name;
    expect(until).toMatch(/\d{4}/);
    expect(until?.replace(':', ' ')).not.toMatch(iso);
    for (const fact of ['Smart Card Manager', 'Number of Cards', 'ENROLLED', demo.tps, 'John Smith'])
      expect(text).toContain(fact);
  });

  test('is one kind of event alone, chosen by the keyboard', async () => {
    await window.press('page tab', 'Log');
    await window.find('label', 'Program started');
    await choose('Kind: All Kinds', 1 + Object.keys(severities).indexOf('operation-done'));
    await window.find('push button', 'Kind: Operation completed');
    for (const other of ['Error from TPS', 'Program started']) await window.gone('label', other);
    await window.find('label', 'Operation completed');
    await choose('Kind: Operation completed', 0);
    await window.find('label', 'Program started');
  });

  test('are the errors alone, of which the log that is shown is copied', async () => {
    await choose('Importance: All', 1);
    await window.find('push button', 'Importance: Error');
    for (const other of ['Operation completed', 'Program started']) await window.gone('label', other);
    await window.find('label', 'Error from TPS');
    await window.picture(pictureFile('diagnostics-log-errors'));
    // As the locale of C writes it; what is copied has the same in every language.
    await window.findPart('label', `/${String(new Date().getFullYear()).slice(2)} `);
    text = await copied('Copy Log', text);
    expect(text).toMatch(/^\d.* {2}Error {2}Error from TPS: .*ESC-4014/m);
    expect(text).not.toContain('Operation completed');
  });

  test('is saved in the file that the desktop’s chooser gives', async () => {
    const file = join(demo.directory, 'errors.txt');
    await window.answerFileChooser(file);
    await window.press('push button', 'Save…');
    await window.find('label', 'Saved as errors.txt');
    expect(readFileSync(file, 'utf8')).toBe(`${text}\n`);
    expect(await window.filesAsked()).toEqual([['Save', 'smart-card-log.txt']]);
  });

  test('is not saved where that cannot be, which is said, nor after Cancel', async () => {
    const before = readdirSync(demo.directory);
    await window.answerFileChooser(null);
    await window.press('push button', 'Save…');
    await window.filesAsked(2);
    await window.answerFileChooser('/sys/errors.txt');
    await window.press('push button', 'Save…');
    await window.find('label', 'The File Cannot Be Written');
    await window.press('push button', 'OK');
    expect(readdirSync(demo.directory)).toEqual(before);
  });
});

test('a check-up is cancelled while a server does not answer, and can be made again', async () => {
  const connections: Socket[] = [];
  const server = createServer(connection => connections.push(connection.on('error', () => undefined)));
  const port = await new Promise<number>(done =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  );
  const folder = join(demo.directory, 'cancel/glib-2.0/settings');
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}/phoneHome`;
  writeFileSync(join(folder, 'keyfile'), `[io/github/escproject/Esc]\nglobal-phone-home-url='${url}'\n`);
  const window = await DrivenWindow.start([esc], {
    ...demo.environment,
    XDG_CONFIG_HOME: join(demo.directory, 'cancel'),
    PCSCLITE_CSOCK_NAME: join(demo.directory, 'nobody'),
  });
  try {
    await window.find('frame', 'Smart Card Manager');
    await window.activate('diagnostics');
    await window.press('page tab', 'Check-Up');
    for (const time of [1, 2]) {
      await window.press('push button', 'Start Check-Up');
      await window.findPart('list item', 'Phone Home, Running');
      await expect.poll(() => connections.length).toBe(time);
      await window.press('push button', 'Cancel');
      await window.findPart('list item', 'Phone Home, Skipped');
      for (const skipped of ['Server (TPS)', 'PKCS #11 Modules'])
        await window.findPart('list item', `${skipped}, Skipped`);
      await window.findPart('list item', 'Smart Card Service (pcscd), Failed');
      await window.find('push button', 'Start Check-Up');
    }
  } finally {
    await window.end();
    for (const connection of connections) connection.destroy();
    server.close();
  }
});

/** An event of the log, as a program writes it. */
function event(number: number, time = Date.UTC(2026, 0, 1) + number * 1000): string {
  const reader = `Reader ${number}`;
  const status = { kind: 'card-status', code: 'card-refused', result: '6A88', step: 'DELETE', reader };
  return `${JSON.stringify({ time: new Date(time).toISOString(), program: 'esc', pid: 1, ...status })}\n`;
}

function events(first: number, count: number): string {
  return Array.from({ length: count }, (_, i) => event(first + i)).join('');
}

async function openLog(): Promise<DrivenWindow> {
  const window = await DrivenWindow.start([esc], demo.environment);
  await window.find('label', 'John Smith');
  await window.activate('diagnostics');
  await window.find('frame', 'Diagnostics');
  await window.press('page tab', 'Log');
  await window.findPart('label', 'Program started');
  return window;
}

test('what is new comes into sight of one who looks at the newest, and moves nothing for others', async () => {
  const folder = join(demo.directory, 'state/esc');
  const file = join(folder, 'events.jsonl');
  mkdirSync(folder, { recursive: true });
  appendFileSync(file, events(0, 300));
  const window = await openLog();
  const read = async (number: number): Promise<void> => {
    appendFileSync(file, event(number, Date.now()));
    const copied = async (): Promise<string> => {
      await window.press('push button', 'Copy Log');
      return window.clipboard();
    };
    await expect.poll(copied).toContain(`Reader ${number}`);
  };
  try {
    await read(301);
    await window.findPart('label', 'Reader 301');
    await window.focusOn('Importance: All');
    await window.key('Tab');
    await window.keys('list item', 'End');
    await expect.poll(async () => (await window.focused()).name).toContain('Reader 0');
    const oldest = await window.focused();
    await read(302);
    expect(await window.focused()).toEqual(oldest);
  } finally {
    await window.end();
  }
});

test('of a full log only the rows that show are made, and what the clipboard holds is copied', async () => {
  const folder = join(demo.directory, 'state/esc');
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < 3; file += 1)
    writeFileSync(join(folder, `events-000000000000000${file}-1.jsonl`), events(file * 1500, 1500));
  expect(readFileSync(join(folder, 'events-0000000000000000-1.jsonl')).length).toBeGreaterThan(200_000);
  const window = await openLog();
  try {
    const rows = (await window.tree()).filter(({ name }) => name === 'Card status word');
    // GTK keeps some 200 besides those that show.
    expect(rows.length).toBeLessThan(500);
    await window.press('push button', 'Copy Log');
    const lines = (await window.clipboard()).split('\n');
    expect(lines.slice(0, 10).join('\n')).toContain('Program started');
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.at(-1)).toMatch(/Reader \d+/);
    await window.find('label', 'Copied the newest part');
  } finally {
    await window.end();
  }
});
