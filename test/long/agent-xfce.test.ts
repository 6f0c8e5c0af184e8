import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { XfcePanel } from '../support/agent/xfce-panel.js';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { eventually } from '../support/pcsc/waiting.js';
import { DrivenWindow, onDisplay, startDisplay, type Display } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const run = promisify(execFile);
const watcher = 'org.kde.StatusNotifierWatcher';
const patience = 30_000;
/** Where the last icon of the panel is; pixels. */
const iconAt = ['1264', '15'];

let demo: Demo;
let display: Display;
let desktop: Desktop;
let panel: XfcePanel;
let screen: DrivenWindow;

beforeAll(async () => {
  demo = await Demo.start();
  display = await startDisplay(1280, 800);
  desktop = await Desktop.start({ ...demo.environment, ...onDisplay(display) }, 'notifications', 'window');
  await run(esc, ['--background'], { env: desktop.environment });
  panel = XfcePanel.start(desktop);
  screen = DrivenWindow.attach(desktop.environment, 'xfce4-panel');
});
afterAll(async () => {
  await screen.end();
  await panel.end();
  await desktop.end();
  await demo.end();
  display.server.kill();
});

/** The icons that the panel knows. */
async function icons(): Promise<readonly string[]> {
  const method = {
    name: watcher,
    path: '/StatusNotifierWatcher',
    interface: 'org.freedesktop.DBus.Properties',
    method: 'Get',
  };
  const [items] = await desktop.call(method, '(ss)', watcher, 'RegisteredStatusNotifierItems');
  return items as string[];
}

async function clickIcon(button: 'left' | 'right'): Promise<void> {
  const click = ['click', button === 'left' ? '1' : '3'];
  await run('xdotool', ['mousemove', ...iconAt, ...click], { env: desktop.environment });
}

/** How many windows the screen shows, menus among them. */
async function windows(): Promise<number> {
  const search = ['search', '--onlyvisible', '--maxdepth', '1', '.*'];
  const { stdout } = await run('xdotool', search, { env: desktop.environment });
  return stdout.trim().split('\n').length;
}

test('the panel of Xfce takes the icon of an agent that was there before it', async () => {
  await eventually(async () => (await desktop.owner(watcher)) !== null, patience);
  await eventually(async () => (await icons()).length === 1, patience);
  await screen.picture(pictureFile('agent-xfce-icon'));
});

test('opens the window at a click on the icon', async () => {
  await clickIcon('left');
  await eventually(async () => (await desktop.activations()).length > 0);
  expect(await desktop.activations()).toEqual([['show-cards']]);
});

test('shows its menu, and its lines do what they say', async () => {
  const before = await windows();
  await clickIcon('right');
  await eventually(async () => (await windows()) > before);
  await screen.picture(pictureFile('agent-xfce-menu'));
  // The card's line, then Manage Smart Cards, then Phone Home.
  await run('xdotool', ['key', 'Down', 'Down', 'Down', 'Return'], { env: desktop.environment });
  await eventually(async () => (await desktop.activations()).length > 1);
  expect((await desktop.activations()).at(-1)).toEqual(['phone-home']);
});
