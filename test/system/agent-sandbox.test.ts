import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { inSandbox } from '../support/agent/sandbox.js';
import { esc, escd } from '../support/demo/programs.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { eventually } from '../support/pcsc/waiting.js';
import { DrivenWindow, onDisplay, startDisplay, type Display } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const agentName = 'io.github.escproject.Esc.Agent';

let display: Display;
let desktop: Desktop;
const pcscd = new PrivatePcscd();
const folders = ['esc-sandbox-', 'esc-sandbox-'].map(name => mkdtempSync(join(tmpdir(), name)));

beforeAll(async () => {
  display = await startDisplay(1280, 800);
  desktop = await Desktop.start(
    { ...process.env, ...pcscd.env, ...onDisplay(display), GSETTINGS_BACKEND: 'keyfile' },
    'host',
    'portal',
  );
  startInSandbox(0, escd);
});
afterAll(async () => {
  await desktop.end();
  display.server.kill();
  await pcscd.remove();
  for (const folder of folders) rmdirSync(folder);
});

function startInSandbox(number: number, command: string): void {
  const [program = '', ...args] = inSandbox(folders[number] ?? '', command);
  spawn(program, args, { env: desktop.environment, stdio: 'ignore' });
}

async function lastRequest(): Promise<Readonly<Record<string, unknown>> | undefined> {
  return (await desktop.portalRequests()).at(-1);
}

test('under Flatpak the agent asks the portal to be started with the session', async () => {
  await eventually(async () => (await lastRequest()) !== undefined);
  expect(await desktop.portalRequests()).toEqual([
    {
      reason: 'Smart Card Manager waits for smart cards in the background.',
      autostart: true,
      commandline: ['escd', '--session'],
      'dbus-activatable': false,
    },
  ]);
});

test('and not to be any more, where the preferences say so, without a file of its own', async () => {
  await desktop.set('autostart', 'false');
  await eventually(async () => (await lastRequest())?.autostart === false);
  expect(existsSync(join(desktop.environment.XDG_CONFIG_HOME ?? '', 'autostart'))).toBe(false);
  await desktop.set('autostart', 'true');
  await eventually(async () => (await lastRequest())?.autostart === true);
  expect(await desktop.portalRequests()).toHaveLength(3);
});

describe('where the person does not let it run in the background', () => {
  const title = 'Start With the Session';
  const reason = 'Your desktop did not allow the start with the session';
  let window: DrivenWindow;

  async function isOn(): Promise<boolean> {
    return (await window.find('check box', title)).states.includes('checked');
  }

  afterAll(() => window.end());

  test('the setting goes back to off', async () => {
    await desktop.consent(false);
    await desktop.set('autostart', 'false');
    await eventually(async () => (await lastRequest())?.autostart === false);
    await desktop.set('autostart', 'true');
    await eventually(async () => (await desktop.get('autostart')) === 'false');
    expect(await desktop.get('autostart-refused')).toBe('true');
  });

  test('Preferences says why, and the switch goes back when it is pressed', async () => {
    window = DrivenWindow.attach(desktop.environment);
    // Once it has answered, the bus has started all that it needs.
    await window.pid();
    startInSandbox(1, esc);
    await window.find('frame', 'Smart Card Manager');
    await window.activate('preferences');
    await window.find('frame', 'Preferences');
    await window.find('label', reason);
    expect(await isOn()).toBe(false);
    await window.picture(pictureFile('preferences-autostart-refused'));
    const before = (await desktop.portalRequests()).length;
    await window.press('check box', title);
    await eventually(async () => (await desktop.portalRequests()).length > before);
    expect((await desktop.portalRequests())[before]?.autostart).toBe(true);
    await eventually(async () => !(await isOn()));
    await window.find('label', reason);
    expect(await desktop.get('autostart')).toBe('false');
  });

  test('and once the person does, it stays on and the reason is gone', async () => {
    await desktop.consent(true);
    await window.press('check box', title);
    await window.gone('label', reason);
    await eventually(async () => (await desktop.get('autostart-refused')) === 'false');
    expect(await isOn()).toBe(true);
    expect(await desktop.get('autostart')).toBe('true');
  });
});

test('its icon is there too, and it ends with Quit', async () => {
  await eventually(async () => (await desktop.tray()).items === 1);
  await desktop.click('Quit');
  await eventually(async () => (await desktop.owner(agentName)) === null);
});
