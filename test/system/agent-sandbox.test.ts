import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { inSandbox } from '../support/agent/sandbox.js';
import { escd } from '../support/demo/programs.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { eventually } from '../support/pcsc/waiting.js';

const agentName = 'io.github.escproject.Esc.Agent';

let desktop: Desktop;
const pcscd = new PrivatePcscd();
const folder = mkdtempSync(join(tmpdir(), 'esc-sandbox-'));

beforeAll(async () => {
  desktop = await Desktop.start(
    { ...process.env, ...pcscd.env, GSETTINGS_BACKEND: 'keyfile' },
    'host',
    'portal',
  );
  const [program = '', ...args] = inSandbox(folder, escd);
  spawn(program, args, { env: desktop.environment, stdio: 'ignore' });
});
afterAll(async () => {
  await desktop.end();
  await pcscd.remove();
  rmdirSync(folder);
});

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

test('its icon is there too, and it ends with Quit', async () => {
  await eventually(async () => (await desktop.tray()).items === 1);
  await desktop.click('Quit');
  await eventually(async () => (await desktop.owner(agentName)) === null);
});
