/** Each reason why there is no card has a page of its own in the real window. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { esc } from '../support/demo/programs.js';
import { empty, FakePcsc } from '../support/pcsc/fake-pcsc.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { shimsOf } from '../support/pcsc/shims.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const narrow: Look = { dark: true, width: 360, height: 720 };
const titles = new Set<string>();

let window: DrivenWindow;

async function open(environment: NodeJS.ProcessEnv, look: Look = {}): Promise<void> {
  window = await DrivenWindow.start(
    [esc],
    { ...process.env, GSETTINGS_BACKEND: 'memory', ...environment },
    look,
  );
}

/** The page of this title, with this sentence, as no other reason has it. */
async function expectPage(title: string, sentence: string): Promise<void> {
  await window.find('label', title);
  await window.findPart('label', sentence);
  expect(titles.has(title), `${title} is the title for another reason too`).toBe(false);
  titles.add(title);
  await window.picture(pictureFile(`no-card-${title.toLowerCase().replaceAll(' ', '-')}`));
}

afterEach(() => window.end());

describe('pcscd', () => {
  const pcscd = new PrivatePcscd();
  afterAll(() => pcscd.remove());

  test('is absent; comes without a reader; then with one; stops', async () => {
    await open(pcscd.env);
    await expectPage('Smart Card Service Not Running', 'Install and start pcscd');
    await pcscd.start();
    await expectPage('No Smart Card Reader', 'Plug in a smart card reader');
    await pcscd.stop();
    await pcscd.start('A Reader');
    await expectPage('Insert Your Smart Card', 'A Reader 00 00, A Reader 00 01');
    await pcscd.stop('SIGKILL');
    await expectPage('Smart Card Service Stopped', 'Start pcscd again');
    await pcscd.start('A Reader');
    await window.find('label', 'Insert Your Smart Card');
  });
});

describe('what the real pcscd cannot be brought to say', () => {
  const pcsc = new FakePcsc();
  afterAll(() => pcsc.remove());

  test.each([
    ['8010006A', 'No Permission', 'Ask your administrator', narrow],
    ['8010001E', 'Smart Card Service Has Another Version', 'Update pcscd and libpcsclite together', {}],
    ['80100001', 'Smart Card Service Does Not Work', 'Restart pcscd', narrow],
  ] as const)('%s: %s', async (code, title, sentence, look) => {
    pcsc.script(`result SCardEstablishContext ${code}`);
    await open(pcsc.env, look);
    await expectPage(title, sentence);
  });

  test('a smart card service that is slow to answer', async () => {
    pcsc.script('block SCardEstablishContext', `reader ${empty(0).toString(16)} - A Reader`);
    await open(pcsc.env);
    await window.find('label', 'Looking for Smart Cards');
    pcsc.script(`reader ${empty(0).toString(16)} - A Reader`);
    await window.find('label', 'Insert Your Smart Card');
  });

  test('the helper program that dies again and again', async () => {
    pcsc.script(`reader ${empty(0).toString(16)} - A Reader`);
    await open(pcsc.env);
    await window.find('label', 'Insert Your Smart Card');
    const pid = await window.pid();
    // It is started again ever more rarely.
    for (let death = 0; death < 6; death += 1) {
      await expect.poll(() => shimsOf(pid).length).toBe(1);
      for (const shim of shimsOf(pid)) process.kill(shim, 'SIGKILL');
      await expect.poll(() => shimsOf(pid).length).toBe(0);
    }
    await expectPage('Helper Program Stopped', 'It is started again by itself');
    await window.find('label', 'Insert Your Smart Card');
  });
});
