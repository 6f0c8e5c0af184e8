import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop, type TrayShown } from '../support/agent/desktop.js';
import { Demo } from '../support/demo/demo.js';
import { esc, escctl, escd } from '../support/demo/programs.js';
import { runGjsProgram } from '../support/gjs-program.js';
import { eventually } from '../support/pcsc/waiting.js';

const run = promisify(execFile);
const agentName = 'io.github.escproject.Esc.Agent';
const iconName = (state: string): string => `io.github.escproject.Esc-${state}-symbolic`;

let demo: Demo;
let desktop: Desktop;

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024, pace: 15 });
  desktop = await Desktop.start(demo.environment, 'notifications', 'window');
});
afterAll(async () => {
  await desktop.end();
  await demo.end();
});

/** Waits until the tray's icon tells what it should. @returns what it tells */
async function trayShows(icon: string, text: string | RegExp): Promise<TrayShown> {
  let tray: TrayShown | undefined;
  const shows = async (): Promise<boolean> => {
    tray = await desktop.tray();
    return tray.items > 0 && tray.icon === iconName(icon) && tray.text.match(text) !== null;
  };
  await eventually(shows).catch((error: unknown) => {
    throw new Error(JSON.stringify(tray), { cause: error });
  });
  if (tray === undefined) throw new Error('there is no tray');
  return tray;
}

/** Runs an operation on the card by another program of the session. */
async function operate(command: 'format' | 'enroll', password = demo.password): Promise<void> {
  const pin = command === 'enroll' ? ['--pin-file', '-'] : [];
  const options = ['--user', demo.user, '--password-file', '-', ...pin];
  const ended = run(escctl, [command, ...options], { env: desktop.environment });
  ended.child.stdin?.end(command === 'enroll' ? `${password}\nSecret.12\n` : `${password}\n`);
  // Its exit status tells what the agent is to show.
  await ended.catch(() => undefined);
}

describe('the agent', () => {
  test('is started by esc --background, silently and once', async () => {
    const options = { env: desktop.environment };
    expect(await run(esc, ['--background'], options)).toEqual({ stdout: '', stderr: '' });
    const first = await desktop.owner(agentName);
    expect(first).not.toBeNull();
    expect(await run(esc, ['--background'], options)).toEqual({ stdout: '', stderr: '' });
    expect(await run(escd, [], options)).toEqual({ stdout: '', stderr: '' });
    expect(await desktop.owner(agentName)).toBe(first);
  });

  test('registers with a host of the notification area that comes later, and again with the next', async () => {
    expect(await desktop.play('host')).toBe(true);
    await trayShows('card', 'New Card: Blank');
    await desktop.stop('host');
    await desktop.play('host');
    const tray = await trayShows('card', 'New Card: Blank');
    expect(tray).toMatchObject({ items: 1, title: 'Smart Card Manager', status: 'Active' });
  });

  test('leaves a card in peace that was in before', async () => {
    expect(await desktop.activations()).toEqual([]);
    expect(await desktop.told()).toEqual([]);
  });

  test('tells of a removal', async () => {
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    const tray = await trayShows('no-card', 'No smart card');
    expect(tray.menu[0]).toMatchObject({ label: 'No smart card', enabled: false });
    await expect
      .poll(() => desktop.signals())
      .toEqual(expect.arrayContaining(['NewIcon', 'NewToolTip', 'LayoutUpdated']));
  });

  test('tells of an insertion, and opens the window once for a card that is not enrolled', async () => {
    await demo.order('insert 1');
    await desktop.noticeShows('Smart Card Inserted');
    const [notice] = await desktop.shown();
    expect(await desktop.shown()).toHaveLength(1);
    expect(notice).toMatchObject({
      body: 'New Card: Blank',
      icon: 'io.github.escproject.Esc',
      desktop: agentName,
    });
    await eventually(async () => (await desktop.activations()).length > 0);
    expect(await desktop.activations()).toEqual([['show-card', expect.stringMatching(/^[0-9A-F]{20}$/)]]);
  });

  test('shows how far an operation has come, then how the card is and that it was done', async () => {
    const done = operate('format');
    await expect
      .poll(() => desktop.tray())
      .toMatchObject({
        icon: iconName('busy'),
        text: expect.stringMatching(/^New Card: Formatting, [1-9][0-9]? %$/) as unknown,
        menu: expect.arrayContaining([
          expect.objectContaining({
            label: expect.stringMatching(/^New Card: Formatting, \d+ %$/) as unknown,
          }),
        ]) as unknown,
      });
    await done;
    await trayShows('card', 'New Card: Ready to Enroll');
    await desktop.noticeShows('Card Formatted');
    await expect.poll(() => desktop.signals()).toContain('ItemsPropertiesUpdated');
  });

  test('is not busy for ever with the work of a program that was killed', async () => {
    const options = ['--user', demo.user, '--password-file', '-'];
    const caller = spawn(escctl, ['format', ...options], {
      env: desktop.environment,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    caller.stdin.end(`${demo.password}\n`);
    await trayShows('busy', /Formatting, [1-9]/);
    caller.kill('SIGKILL');
    await trayShows('error', 'Card Not Formatted: The program that worked on the card has ended.');
    await desktop.noticeShows('Card Not Formatted');
  });

  test('shows what went wrong until the next operation', async () => {
    await operate('format', 'wrong');
    const tray = await trayShows('error', 'Card Not Formatted: The user name or password was not accepted.');
    expect(tray.status).toBe('NeedsAttention');
    await desktop.noticeShows('Card Not Formatted');
    await operate('enroll');
    await trayShows('card', 'Example Corp: Enrolled');
    await desktop.noticeShows('Card Enrolled');
    const titles = (await desktop.shown()).map(notice => notice.summary);
    expect(titles).not.toContain('Card Not Formatted');
  });

  test('does not disturb for an enrolled card, and never tells whose it is', async () => {
    const before = (await desktop.activations()).length;
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    await demo.order('insert 1');
    await desktop.noticeShows('Smart Card Inserted');
    const tray = await trayShows('card', 'Example Corp: Enrolled');
    expect(await desktop.activations()).toHaveLength(before);
    expect(JSON.stringify([tray, await desktop.told()])).not.toMatch(/John|Smith|jsmith/i);
  });

  test.each([
    ['test-card', 'Testing the Card', 'Card Tested', 'Card Test Failed'],
    ['change-password', 'Changing the Password', 'Card Password Changed', 'Card Password Not Changed'],
  ])('names %s while it runs and when it has ended', async (kind, work, done, failed) => {
    const [reader = ''] = demo.readers;
    for (const [code, notice] of [
      ['', done],
      ['pin-wrong', failed],
    ] as const) {
      expect(await desktop.tell('BeginOperation', '(uss)', 7, kind, reader)).toBeNull();
      await trayShows('busy', `Example Corp: ${work}, 0 %`);
      expect(await desktop.tell('EndOperation', '(uss)', 7, code, 'What happened.')).toBeNull();
      await desktop.noticeShows(notice);
    }
    const isTest = kind === 'test-card';
    const options = isTest ? [] : ['--new-pin-file', '-'];
    const ended = run(escctl, [kind, '--pin-file', '-', ...options], { env: desktop.environment });
    ended.child.stdin?.end(isTest ? 'Secret.12\n' : 'Secret.12\nSecret.12\n');
    await ended;
    await desktop.noticeShows(done);
    await trayShows('card', 'Example Corp: Enrolled');
  });

  test('forgets with a card what went wrong with it, but not that it was taken out too early', async () => {
    const [reader = ''] = demo.readers;
    const end = async (code: string): Promise<void> => {
      expect(await desktop.tell('BeginOperation', '(uss)', 8, 'format', reader)).toBeNull();
      expect(await desktop.tell('EndOperation', '(uss)', 8, code, 'What happened.')).toBeNull();
      await desktop.noticeShows('Card Not Formatted');
    };
    await end('login-refused');
    await trayShows('error', 'Card Not Formatted: What happened.');
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    expect((await trayShows('no-card', 'No smart card')).status).toBe('Active');
    const titles = async (): Promise<readonly string[]> =>
      (await desktop.shown()).map(({ summary }) => summary);
    expect(await titles()).not.toContain('Card Not Formatted');

    await demo.order('insert 1');
    await trayShows('card', 'Example Corp: Enrolled');
    await end('card-removed');
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    await trayShows('no-card', 'No smart card');
    expect(await titles()).toContain('Card Not Formatted');
    await demo.order('insert 1');
    await desktop.noticeShows('Smart Card Inserted');
    await expect.poll(titles).not.toContain('Card Not Formatted');
  });

  test('lets a notification of each kind expire, those of errors too', async () => {
    const lives = JSON.parse(await runGjsProgram('notices')) as Record<string, number>;
    expect(lives).toEqual({ short: 10_000, long: 60_000, urgent: 600_000 });
  });

  test('lets a notification of an insertion expire', async () => {
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    await demo.order('insert 1');
    await desktop.noticeShows('Smart Card Inserted');
    await eventually(
      async () => !(await desktop.shown()).some(({ summary }) => summary === 'Smart Card Inserted'),
    );
  });

  test('leads from a notification to the card, and from the menu and the icon to each page', async () => {
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    await demo.order('insert 1');
    await desktop.noticeShows('Smart Card Inserted');
    const before = (await desktop.activations()).length;
    await desktop.clickNotice('Smart Card Inserted');
    for (const label of [
      'Example Corp: Enrolled',
      'Manage Smart Cards',
      'Phone Home',
      'Use in Browsers and Mail',
      'Diagnostics',
      'Preferences',
    ])
      await desktop.click(label);
    await desktop.clickIcon();
    await eventually(async () => (await desktop.activations()).length === before + 8);
    const cuid = expect.stringMatching(/^[0-9A-F]{20}$/) as unknown;
    expect((await desktop.activations()).slice(before)).toEqual([
      ['show-card', cuid],
      ['show-card', cuid],
      ['show-cards'],
      ['phone-home'],
      ['browsers'],
      ['diagnostics'],
      ['preferences'],
      ['show-cards'],
    ]);
  });

  test('withdraws and sends no notification while a window is in front', async () => {
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
    expect(await desktop.tell('SetWindowActive', '(b)', true)).toBeNull();
    // Long before it expires.
    await eventually(async () => (await desktop.shown()).length === 0, 5_000);
    const before = (await desktop.told()).length;
    await demo.order('insert 1');
    await trayShows('card', 'Example Corp: Enrolled');
    expect(await desktop.told()).toHaveLength(before);
    await desktop.tell('SetWindowActive', '(b)', false);
    await demo.order('remove 1');
    await desktop.noticeShows('Smart Card Removed');
  });

  test('refuses what makes no sense over its interface, and bounds it', async () => {
    const invalid = 'org.freedesktop.DBus.Error.InvalidArgs';
    expect(await desktop.tell('BeginOperation', '(uss)', 1, 'Not A Word', 'Reader')).toBe(invalid);
    expect(await desktop.tell('BeginOperation', '(uss)', 1, 'format', '')).toBe(invalid);
    expect(await desktop.tell('ReportProgress', '(ud)', 1, 0.5)).toBe(invalid);
    expect(await desktop.tell('EndOperation', '(uss)', 1, '', '')).toBe(invalid);
    for (let id = 0; id < 64; id += 1)
      expect(await desktop.tell('BeginOperation', '(uss)', id, 'format', `Reader ${id}`)).toBeNull();
    expect(await desktop.tell('BeginOperation', '(uss)', 0, 'format', 'Reader')).toBe(invalid);
    expect(await desktop.tell('BeginOperation', '(uss)', 64, 'format', 'Reader')).toBe(invalid);
    expect(await desktop.tell('ReportProgress', '(ud)', 1, 1.5)).toBe(invalid);
    for (let id = 0; id < 64; id += 1)
      expect(await desktop.tell('EndOperation', '(uss)', id, 'cancelled', '')).toBeNull();
    await trayShows('no-card', 'No smart card');
  });

  test('ends by Quit in its menu, and lets a window that runs quit too', async () => {
    await desktop.click('Quit');
    await eventually(async () => (await desktop.owner(agentName)) === null);
    await expect.poll(async () => (await desktop.activations()).at(-1)).toEqual(['quit']);
    await expect.poll(() => desktop.shown()).toEqual([]);
  });
});
