import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { eventually } from '../support/pcsc/waiting.js';
import { DrivenWindow, onDisplay, startDisplay, type Display } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const windowName = 'io.github.escproject.Esc';
const agentName = `${windowName}.Agent`;
/** Which card of the demo is which. */
const blank = 1;
const enrolled = 2;

let demo: Demo;
let display: Display;
let desktop: Desktop;
let window: DrivenWindow;

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024, cards: 2 });
  display = await startDisplay(1280, 800);
  desktop = await Desktop.start({ ...demo.environment, ...onDisplay(display) }, 'host', 'notifications');
  const { environment } = desktop;
  await enrollCard(demo, { reader: demo.readers[enrolled - 1] ?? '', environment });
  for (const card of [blank, enrolled]) await demo.order(`remove ${card}`);
  window = DrivenWindow.attach(desktop.environment);
  // Once it has answered, the bus has started all that it needs.
  await window.pid();
});
afterAll(async () => {
  await window.end();
  await desktop.end();
  await demo.end();
  display.server.kill();
});

/** @returns what it wrote, and its exit status */
async function runEsc(...options: string[]): Promise<{ written: string; status: number | null }> {
  const child = spawn(esc, options, { env: desktop.environment });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (written += data.toString()));
  const status = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { written, status };
}

async function trayTells(expected: string | RegExp): Promise<void> {
  let text = '';
  const tells = async (): Promise<boolean> => {
    const tray = await desktop.tray();
    if (tray.items > 0) ({ text } = tray);
    return text.match(expected) !== null;
  };
  await eventually(tells).catch((error: unknown) => {
    throw new Error(`the tray tells: ${text}`, { cause: error });
  });
}

/** Puts the enrolled card in and takes it out. @returns whether a notification told of it */
async function isToldOfCard(): Promise<boolean> {
  const before = (await desktop.told()).length;
  await demo.order(`insert ${enrolled}`);
  await trayTells(/: Enrolled$/m);
  await demo.order(`remove ${enrolled}`);
  await trayTells(/^New Card: Blank$/);
  return (await desktop.told()).length > before;
}

async function closeWindow(): Promise<void> {
  await window.press('push button', 'Close');
  await eventually(async () => (await desktop.owner(windowName)) === null);
}

describe('the agent and the window', () => {
  test('esc --background starts the agent alone', async () => {
    expect(await runEsc('--background')).toEqual({ written: '', status: 0 });
    await trayTells('No smart card');
    expect(await desktop.owner(agentName)).not.toBeNull();
    expect(await desktop.owner(windowName)).toBeNull();
  });

  test('an enrolled card opens no window', async () => {
    const before = desktop.activated();
    await demo.order(`insert ${enrolled}`);
    await desktop.noticeShows('Smart Card Inserted');
    await trayTells(/: Enrolled$/m);
    expect(desktop.activated()).toEqual(before);
    expect(await desktop.owner(windowName)).toBeNull();
  });

  test('a card that needs enrolling opens it, through D-Bus', async () => {
    await demo.order(`insert ${blank}`);
    await window.find('push button', 'Enroll');
    await window.find('label', 'Blank');
    expect(await desktop.owner(windowName)).not.toBeNull();
    await window.picture(pictureFile('agent-opens-window'));
  });

  test('a window in front keeps notifications away, one that is not does not', async () => {
    await eventually(async () => (await desktop.shown()).length === 0);
    const before = (await desktop.told()).length;
    await demo.order(`remove ${enrolled}`);
    await trayTells(/^New Card: Blank$/);
    expect(await desktop.told()).toHaveLength(before);
    await window.unfocus();
    // What tells that the agent knows is the next notification.
    await eventually(isToldOfCard);
  });

  test('a second esc raises the first, and ends with 0', async () => {
    const first = await desktop.owner(windowName);
    expect(await runEsc()).toEqual({ written: '', status: 0 });
    // It is in front again: what was told is withdrawn, long before it expires.
    await eventually(async () => (await desktop.shown()).length === 0, 5_000);
    expect(await desktop.owner(windowName)).toBe(first);
    expect((await window.tree()).filter(({ role }) => role === 'frame')).toHaveLength(1);
  });

  test.each(['preferences', 'diagnostics', 'phone-home'])(
    'esc --page=%s goes to the window that is there',
    async page => {
      const first = await desktop.owner(windowName);
      expect(await runEsc(`--page=${page}`)).toEqual({ written: '', status: 0 });
      expect(await desktop.owner(windowName)).toBe(first);
    },
  );

  test('esc --page=phone-home opened its dialog', async () => {
    await window.find('text', 'TPS Config URI');
    await window.picture(pictureFile('agent-page-phone-home'));
    await window.press('push button', 'Cancel');
    await window.gone('text', 'TPS Config URI');
  });

  test('esc --page= of a page that is not there names those that are', async () => {
    const { written, status } = await runEsc('--page=nowhere');
    expect(status).toBe(2);
    expect(written).toMatch(/“nowhere”.*preferences/);
  });

  test('closing the window leaves the agent', async () => {
    const agent = await desktop.owner(agentName);
    await closeWindow();
    expect(await desktop.owner(agentName)).toBe(agent);
    expect((await desktop.tray()).text).toBe('New Card: Blank');
  });

  test.each(['preferences', 'diagnostics', 'phone-home', 'browsers'])(
    '%s of the desktop entry opens the window',
    async action => {
      await desktop.launch(action);
      if (action === 'phone-home') {
        // The dialog of the card that is in, not that of all cards.
        await window.find('push button', 'Forget This Card');
        await window.find('text', 'TPS Config URI');
        await window.press('push button', 'Cancel');
        await window.gone('text', 'TPS Config URI');
      }
      await window.find('label', 'Blank');
      await closeWindow();
    },
  );

  test('no notification comes with notifications switched off', async () => {
    // The agent hears of another setting a little later.
    await desktop.set('notifications', 'false');
    await eventually(async () => !(await isToldOfCard()));
    expect(await isToldOfCard()).toBe(false);
    await desktop.set('notifications', 'true');
    await eventually(isToldOfCard);
  });

  test('an operation of the window is told to the agent, without what was typed', async () => {
    const monitor = spawn('dbus-monitor', ['--session'], { env: desktop.environment });
    let heard = '';
    monitor.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
    await eventually(() => heard.includes('NameAcquired'));
    const running = runEsc();
    await window.press('push button', 'Format');
    await window.find('dialog', 'Format This Card?');
    await window.press('push button', 'Format');
    await window.type('text', 'LDAP User ID', demo.user);
    await window.type('text', 'LDAP Password', demo.password);
    await window.press('push button', 'Submit');
    // Of a new card, and soon of its issuer.
    await trayTells(/: Ready to Enroll$/m);
    await eventually(() => heard.includes('member=EndOperation'));
    monitor.kill();
    expect(heard).toMatch(/member=BeginOperation[^]*"format"[^]*member=ReportProgress/);
    for (const typed of [demo.user, demo.password]) expect(heard).not.toContain(`"${typed}"`);
    await closeWindow();
    expect((await running).status).toBe(0);
  });

  test('esc starts the agent where none is there', async () => {
    await desktop.click('Quit');
    await eventually(async () => (await desktop.owner(agentName)) === null);
    const running = runEsc();
    await window.find('label', 'Ready to Enroll');
    await eventually(async () => (await desktop.owner(agentName)) !== null);
    await closeWindow();
    expect((await running).status).toBe(0);
    expect(await desktop.owner(agentName)).not.toBeNull();
  });
});
