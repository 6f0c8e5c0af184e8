import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { escd } from '../support/demo/programs.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { VirtualCard } from '../support/pcsc/virtual-card.js';
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

const generator = '/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator';

/** The command that systemd starts with the session for the entry; undefined when it starts none. */
async function startedBySystemd(): Promise<string | undefined> {
  const units = mkdtempSync(join(tmpdir(), 'esc-units-'));
  const environment = { ...desktop.environment, XDG_CURRENT_DESKTOP: 'GNOME' };
  await run(generator, [units, units, units], { env: environment });
  const name = `app-${agentName}@autostart.service`;
  const isWanted = existsSync(join(units, 'xdg-desktop-autostart.target.wants', name));
  const unit = isWanted ? readFileSync(join(units, name), 'utf8') : '';
  rmSync(units, { recursive: true });
  return /^ExecStart=:(.*)$/m.exec(unit)?.[1];
}

const trayText = async (): Promise<string> => (await desktop.tray()).text;

describe('the session', () => {
  test('starts the agent by its entry, as systemd reads it', async () => {
    const [program = '', ...options] = (await startedBySystemd())?.split(' ') ?? [];
    expect(options).toEqual(['--session']);
    spawn(program, options, { env: desktop.environment, stdio: 'ignore' });
    await eventually(async () => (await desktop.owner(agentName)) !== null);
  });

  test('does not start it where the setting is off, and the entry is hidden for this user', async () => {
    const override = join(desktop.environment.XDG_CONFIG_HOME ?? '', 'autostart', entry);
    expect(existsSync(override)).toBe(false);
    await desktop.set('autostart', 'false');
    await eventually(() => existsSync(override));
    expect(await startedBySystemd()).toBeUndefined();
    expect(await run(escd, ['--session'], { env: desktop.environment })).toEqual({ stdout: '', stderr: '' });
    await desktop.set('autostart', 'true');
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
    await eventually(async () => (await trayText()) === 'No smart card');
  });

  test('goes away for good, which is told once, and comes back, which withdraws it', async () => {
    await pcscd.stop();
    await eventually(async () => (await trayText()) === 'The smart card service (pcscd) has stopped.');
    await eventually(async () => (await desktop.shown()).length > 0);
    expect(await desktop.told()).toMatchObject([{ summary: 'Smart Cards Not Available' }]);
    await pcscd.start('Reader');
    await eventually(async () => (await trayText()) === 'No smart card');
    await eventually(async () => (await desktop.shown()).length === 0);
  });
});

describe('a card that does not answer as cards do', () => {
  test('is told of, with what to do, until it is taken out', async () => {
    // One byte, where the shortest answer has two.
    const card = await VirtualCard.insert(pcscd.readers[0]?.port ?? 0, () => Buffer.from([0x90]));
    await eventually(async () => (await trayText()) === 'Card That Cannot Be Read: Not Readable');
    expect((await desktop.tray()).icon).toBe('io.github.escproject.Esc-error-symbolic');
    await expect
      .poll(() => desktop.shown())
      .toMatchObject([
        {
          summary: 'Smart Card Cannot Be Read',
          body: 'Check that the card is the right way round, and clean its contacts.',
        },
      ]);
    card.remove();
    await eventually(async () => (await trayText()) === 'No smart card');
    await expect.poll(() => desktop.shown()).toMatchObject([{ summary: 'Smart Card Removed' }]);
  });
});
