import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { GnomeShell, onGnomeShell } from '../support/agent/gnome-shell.js';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { eventually } from '../support/pcsc/waiting.js';
import { pictureFile } from '../support/window/pictures.js';

const run = promisify(execFile);
const windowName = 'io.github.escproject.Esc';
const agentName = `${windowName}.Agent`;
const title = 'Smart Card Manager';
const patience = 30_000;
/** Which card of the demo is which. */
const blank = 1;
const enrolled = 2;

let demo: Demo;
let desktop: Desktop;
let shell: GnomeShell;

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024, cards: 2 });
  await enrollCard(demo, { reader: demo.readers[enrolled - 1] ?? '' });
  for (const card of [blank, enrolled]) await demo.order(`remove ${card}`);
});
afterAll(() => demo.end());

async function startSession(withExtension: boolean): Promise<void> {
  desktop = await Desktop.start({ ...demo.environment, ...onGnomeShell });
  shell = await GnomeShell.start(desktop, withExtension);
  await run(esc, ['--background'], { env: desktop.environment });
}

async function endSession(): Promise<void> {
  await shell.end();
  await desktop.end();
  await demo.order(`remove ${enrolled}`);
}

const noticeIs = (text: string, there: boolean, within = patience): Promise<void> =>
  eventually(async () => (await shell.notices()).some(notice => notice.title === text) === there, within);

const isWindowInFront = async (): Promise<boolean> => (await shell.windowInFront()) === title;
const isWindowGone = async (): Promise<boolean> => (await desktop.owner(windowName)) === null;

/** Whatever dialogs are in front of it. */
async function closeWindow(): Promise<void> {
  await eventually(async () => {
    if (await isWindowGone()) return true;
    await shell.closeWindow();
    return false;
  }, patience);
}

describe('GNOME Shell with the extension for icons', () => {
  beforeAll(() => startSession(true));
  afterAll(endSession);

  test('shows the icon, which follows, and its menu at a click', async () => {
    const iconIs = (name: string): Promise<void> =>
      eventually(
        async () => (await shell.iconFile()).endsWith(`/${windowName}-${name}-symbolic.svg`),
        patience,
      );
    await eventually(() => shell.hasIcon(), patience);
    await iconIs('no-card');
    await demo.order(`insert ${enrolled}`);
    await noticeIs('Smart Card Inserted', true);
    await iconIs('card');
    await shell.clickIcon();
    await eventually(async () => (await shell.menu()).some(label => label.endsWith(': Enrolled')), patience);
    expect((await shell.menu()).slice(1)).toEqual([
      'Manage Smart Cards',
      'Phone Home',
      'Use in Browsers and Mail',
      'Diagnostics',
      'Preferences',
      'Quit',
    ]);
    await shell.picture(pictureFile('agent-gnome-menu'));
  });

  test('opens the window in front from the menu', async () => {
    await shell.clickMenu('Manage Smart Cards');
    await eventually(isWindowInFront, patience);
    await shell.picture(pictureFile('agent-gnome-window'));
    await closeWindow();
  });

  test('ends the agent from the menu, and the icon goes', async () => {
    await shell.clickIcon();
    await eventually(async () => (await shell.menu()).includes('Quit'), patience);
    await shell.clickMenu('Quit');
    await eventually(async () => (await desktop.owner(agentName)) === null, patience);
    await eventually(async () => !(await shell.hasIcon()), patience);
  });
});

describe('GNOME Shell without it', () => {
  beforeAll(() => startSession(false));
  afterAll(endSession);

  test('tells of an insertion, for a while', async () => {
    expect(await shell.hasIcon()).toBe(false);
    await demo.order(`insert ${enrolled}`);
    await noticeIs('Smart Card Inserted', true);
    await eventually(async () => (await shell.banner()) === 'Smart Card Inserted', patience);
    await shell.picture(pictureFile('agent-gnome-notification'));
    expect(JSON.stringify(await shell.notices())).not.toMatch(/John|Smith|jsmith/);
    await noticeIs('Smart Card Inserted', false);
  });

  test('opens the window for a card that needs enrolling', async () => {
    await demo.order(`insert ${blank}`);
    await eventually(isWindowInFront, patience);
    // Sooner than it expires: the window says all.
    await noticeIs('Smart Card Inserted', false, 4_000);
    await shell.picture(pictureFile('agent-gnome-blank-card'));
  });

  test('keeps the agent when the window is closed, which tells on', async () => {
    const agent = await desktop.owner(agentName);
    await closeWindow();
    await demo.order(`remove ${blank}`);
    await noticeIs('Smart Card Removed', true);
    expect(await desktop.owner(agentName)).toBe(agent);
  });
});
