/** The window "Use in Browsers and Mail", by clicks, on a home with profiles. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inSandbox } from '../support/agent/sandbox.js';
import { Home } from '../support/browsers/home.js';
import { esc } from '../support/demo/programs.js';
import { end } from '../support/processes.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

let home: Home;
let window: DrivenWindow;

async function open(look: Look, command: readonly string[] = [esc]): Promise<void> {
  window = await DrivenWindow.start(command, home.environment, look);
  await window.find('frame', 'Smart Card Manager');
  await window.activate('browsers');
  await window.find('frame', 'Use in Browsers and Mail');
}

beforeAll(() => {
  home = new Home({ ...process.env, GSETTINGS_BACKEND: 'memory' });
});
afterEach(() => window.end());
afterAll(() => home.remove());

test('says what to do where no program is found', async () => {
  await open({});
  await window.find('list item', 'No Browser and No Mail Program Found');
  await window.picture(pictureFile('browsers-none'));
});

describe('with programs', () => {
  let firefox: string;

  beforeAll(async () => {
    firefox = await home.firefoxProfile('work');
    home.listedProfile('.thunderbird', 'mail');
    home.listedProfile('.var/app/org.mozilla.firefox/.mozilla/firefox', 'default');
    home.database('.pki/nssdb');
  });

  test('one click registers, and another removes', async () => {
    await open({});
    await window.picture(pictureFile('browsers-light'));
    await window.press('check box', 'Firefox (work)');
    await window.find('label', 'Uses the card by OpenSC (One PIN)');
    expect(readFileSync(join(firefox, 'pkcs11.txt'), 'utf8')).toContain('onepin-opensc-pkcs11.so');
    await window.press('check box', 'Firefox (work)');
    await window.gone('label', 'Uses the card by OpenSC (One PIN)');
    expect(readFileSync(join(firefox, 'pkcs11.txt'), 'utf8')).not.toContain('opensc');
  });

  test('by the keyboard, which stays on the switch, and what came of it is said', async () => {
    await open({});
    await window.focusOn('Firefox (work)');
    await window.listen();
    for (const said of [
      'Firefox (work) uses the card from its next start',
      'Firefox (work) no longer uses the card',
    ]) {
      await window.key('space');
      await window.hear(said);
      await expect.poll(() => window.focused()).toMatchObject({ name: 'Firefox (work)' });
    }
  });

  test('a program that is open is said to be, and cannot be switched until it is closed', async () => {
    const running = await home.openFirefox(firefox);
    await open({ dark: true, width: 360, height: 720 });
    await window.fill();
    await window.find('label', 'Does not know the card · open now: close it to change this');
    expect((await window.find('check box', 'Firefox (work)')).states).not.toContain('sensitive');
    await window.picture(pictureFile('browsers-dark-narrow'));
    await end(running);
    await window.press('push button', 'Look Again');
    await window.press('check box', 'Firefox (work)');
    await window.find('label', 'Uses the card by OpenSC (One PIN)');
  });

  test('in a sandbox itself, the window has instructions alone', async () => {
    const folder = join(home.folder, 'sandbox');
    mkdirSync(folder);
    await open({}, inSandbox(folder, esc));
    await window.find('list item', 'Firefox and Thunderbird');
    await window.gone('check box', 'Firefox (work)');
    await window.gone('push button', 'Look Again');
    await window.findPart('label', 'modutil -dbdir');
    await window.picture(pictureFile('browsers-by-hand'));
  });
});
