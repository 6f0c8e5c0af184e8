import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { escd } from '../support/demo/programs.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { eventually } from '../support/pcsc/waiting.js';

const run = promisify(execFile);
const agentName = 'io.github.escproject.Esc.Agent';
const entry = `${agentName}.desktop`;

let desktop: Desktop;
const pcscd = new PrivatePcscd();

beforeAll(async () => {
  desktop = await Desktop.start(
    { ...process.env, ...pcscd.env, GSETTINGS_BACKEND: 'keyfile' },
    'host',
    'notifications',
  );
});
afterAll(async () => {
  await desktop.end();
  await pcscd.remove();
});

/** The entry for the session as it is installed. */
function autostartEntry(): string {
  const folder = desktop.environment.XDG_CONFIG_DIRS?.split(':')[0] ?? '';
  return readFileSync(join(folder, 'autostart', entry), 'utf8');
}

function set(key: string, value: string): Promise<unknown> {
  return run('gsettings', ['set', 'io.github.escproject.Esc', key, value], { env: desktop.environment });
}

const trayText = async (): Promise<string> => (await desktop.tray()).text;

describe('the session', () => {
  test('starts the agent by its entry', async () => {
    const [program = '', ...options] = /^Exec=(.*)$/m.exec(autostartEntry())?.[1]?.split(' ') ?? [];
    expect(options).toEqual(['--session']);
    spawn(program, options, { env: desktop.environment, stdio: 'ignore' });
    await eventually(async () => (await desktop.owner(agentName)) !== null);
  });

  test('does not start it where the setting is off, and the entry is hidden for this user', async () => {
    const override = join(desktop.environment.XDG_CONFIG_HOME ?? '', 'autostart', entry);
    expect(existsSync(override)).toBe(false);
    await set('autostart', 'false');
    await eventually(() => existsSync(override));
    expect(readFileSync(override, 'utf8')).toMatch(/^Hidden=true$/m);
    expect(await run(escd, ['--session'], { env: desktop.environment })).toEqual({ stdout: '', stderr: '' });
    await set('autostart', 'true');
    await eventually(() => !existsSync(override));
  });
});

describe('pcscd', () => {
  test('is not there yet: the icon says so, and no notification comes', async () => {
    await eventually(async () => (await trayText()) === 'The smart card service (pcscd) is not running.');
    expect((await desktop.tray()).icon).toBe('io.github.escproject.Esc-error-symbolic');
    expect(await desktop.told()).toEqual([]);
  });

  test('comes later, and is found', async () => {
    await pcscd.start('Reader');
    await eventually(async () => (await trayText()) === 'No smart card', 20_000);
  });

  test('goes away for good, which is told once, and comes back, which withdraws it', async () => {
    await pcscd.stop();
    await eventually(async () => (await trayText()) === 'The smart card service (pcscd) has stopped.');
    await eventually(async () => (await desktop.shown()).length > 0);
    expect(await desktop.told()).toMatchObject([{ summary: 'Smart Cards Not Available' }]);
    await pcscd.start('Reader');
    await eventually(async () => (await trayText()) === 'No smart card', 20_000);
    await eventually(async () => (await desktop.shown()).length === 0);
  });
});
