import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const script = join(import.meta.dirname, 'fresh-machine.sh');
/** ESC_FRESH_MACHINE names one that was made before, which is used and kept. */
const kept = process.env.ESC_FRESH_MACHINE;
const folder = kept ?? join(mkdtempSync('/var/tmp/esc-fresh-'), 'debian');

function onFreshMachine(...command: string[]): string {
  return execFileSync(script, ['run', folder, ...command], { encoding: 'utf8', input: '' });
}

beforeAll(() => {
  if (!existsSync(folder)) execFileSync(script, ['make', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  execFileSync(script, ['clone', folder]);
}, 1_200_000);

afterAll(() => {
  if (kept === undefined) execFileSync(script, ['remove', folder]);
}, 300_000);

test('npm run demo opens the window on a blank card, and clicks alone take it to an enrolled one', async () => {
  const window = await DrivenWindow.start([script, 'run', folder, 'npm', 'run', 'demo'], {
    ...process.env,
    CI: 'true',
    // Where the accessibility bus lives: a folder that the fresh machine sees, too.
    XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), 'esc-runtime-')),
    DRIVE_APPLICATION: 'io.github.escproject.Esc',
  });
  const picture = (name: string): Promise<void> => window.picture(pictureFile(`fresh-machine-${name}`));
  const logIn = async (): Promise<void> => {
    await window.find('text', 'LDAP User ID');
    await window.type('text', 'LDAP User ID', 'jsmith');
    await window.type('text', 'LDAP Password', 'secret');
    await window.press('push button', 'Submit');
  };
  try {
    await window.find('label', 'Blank', 1500);
    await picture('1-blank');
    await window.press('push button', 'Format');
    await window.find('dialog', 'Format This Card?');
    await window.press('push button', 'Format');
    await logIn();
    await window.find('label', 'The card is formatted', 60);
    await picture('2-formatted');
    expect(onFreshMachine('npm', 'run', '-s', 'escctl', '--', 'list', '--json')).toContain('"UNINITIALIZED"');
    await window.press('push button', 'Enroll');
    await window.find('text', 'New Card Password');
    await window.type('text', 'New Card Password', 'Secret.12');
    await window.type('text', 'The Same Again', 'Secret.12');
    await window.press('push button', 'OK');
    await logIn();
    await window.find('label', 'The card is enrolled', 60);
    await picture('3-enrolled');
    expect(onFreshMachine('npm', 'run', '-s', 'escctl', '--', 'list', '--json')).toContain('"ENROLLED"');
    expect(window.output).toMatch(/^user: jsmith$/m);
  } finally {
    await window.end();
  }
  expect(onFreshMachine('sh', '-c', 'npm run -s demo -- --status || true')).toContain('no demo runs');
}, 2_400_000);
