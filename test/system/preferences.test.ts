/** Preferences, in the window, with the keyfile backend and with dconf where an administrator has locked settings. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../gjs/certificates.js';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { withLocked } from '../support/locked-settings.js';
import { removeFolder } from '../support/processes.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const looks: readonly (readonly [string, Look])[] = [
  ['light', { height: 1100 }],
  ['dark-narrow', { dark: true, width: 360, height: 720 }],
];
const locked = 'Set by your administrator';
const wrong = 'The address of the server is not valid: it does not begin with http:// or https://.';

let demo: Demo;
let window: DrivenWindow;

async function open(environment: NodeJS.ProcessEnv, look: Look = {}): Promise<void> {
  window = await DrivenWindow.start([esc], environment, look);
  await window.find('push button', 'Enroll');
  await window.activate('preferences');
  await window.find('frame', 'Preferences');
}

/** Presses Format and answers the question. */
async function format(): Promise<void> {
  await window.press('push button', 'Format');
  await window.find('dialog', 'Format This Card?');
  await window.press('push button', 'Format');
}

async function isSensitive(role: string, name: string): Promise<boolean> {
  return (await window.find(role, name)).states.includes('sensitive');
}

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
});
afterAll(() => demo.end());

describe('what a person sets', () => {
  afterEach(() => window.end());
  const settings = (): string => readFileSync(demo.settings, 'utf8');

  test.each(looks)('is all there, %s', async (name, look) => {
    await open(demo.environment, look);
    for (const title of ['Start With the Session', 'Notifications', 'Open Pages of Issuers', 'Hide Format'])
      await window.find('check box', title);
    for (const title of ['Phone Home URL', 'TPS URL']) await window.find('text', title);
    for (const title of ['Connection', 'Server', 'Card']) await window.find('spin button', title);
    await window.find('label', 'Trusted Servers');
    expect((await window.tree()).map(({ name: shown }) => shown)).not.toContain(locked);
    await window.picture(pictureFile(`preferences-${name}`));
  });

  test('hides Format at once, and shows it again', async () => {
    await open(demo.environment);
    await window.find('push button', 'Format');
    await window.press('check box', 'Hide Format');
    await window.gone('push button', 'Format');
    await expect.poll(settings).toContain('hide-format=true');
    await window.press('check box', 'Hide Format');
    await window.find('push button', 'Format');
  });

  test.each([
    ['Start With the Session', 'autostart=false'],
    ['Notifications', 'notifications=false'],
    ['Open Pages of Issuers', 'open-issuer-page=false'],
  ])('%s is switched off', async (title, line) => {
    await open(demo.environment);
    expect(settings()).not.toContain(line);
    await window.press('check box', title);
    await expect.poll(settings).toContain(line);
  });

  test('time-outs that are typed hold at once: operations give up after them', async () => {
    const before = settings();
    const log = (): string => readFileSync(join(demo.directory, 'state/esc/events.jsonl'), 'utf8');
    const silent = createServer(connection => connection.on('error', () => undefined).resume());
    await new Promise<void>(listening => silent.listen(0, '127.0.0.1', listening));
    const { port } = silent.address() as AddressInfo;
    await open(demo.environment);
    await window.type('spin button', 'Connection', '2');
    await window.type('spin button', 'Card', '5');
    await window.type('text', 'TPS URL', `https://127.0.0.1:${port}/tps/tps`);
    await window.press('push button', 'Apply');
    await expect.poll(settings).toContain(`:${port}/`);
    await window.key('Escape');
    await window.gone('frame', 'Preferences');
    await expect.poll(settings).toMatch(/^connect-timeout=(uint32 )?2$/m);
    await expect.poll(settings).toMatch(/^card-timeout=(uint32 )?5$/m);

    await format();
    await window.find('push button', 'Try Again');
    silent.close();
    expect(log()).toMatch(/no connection within (2 s|2000 ms)/);

    await window.activate('preferences');
    await window.type('text', 'TPS URL', demo.tps);
    await window.press('push button', 'Apply');
    await expect.poll(settings).toContain(demo.tps);
    await window.key('Escape');
    await window.gone('frame', 'Preferences');
    await demo.order('silence 1');
    await format();
    await window.type('text', 'LDAP User ID', demo.user);
    await window.type('text', 'LDAP Password', demo.password);
    await window.press('push button', 'Submit');
    await window.find('label', 'The card stopped answering');
    expect(log()).toContain('no answer in 5000 ms');
    // That it is silent is all that is said of it, not that somebody else holds it.
    expect(log()).not.toContain('card-busy');
    await window.picture(pictureFile('card-silent'));
    await demo.order('remove 1');
    await demo.order('insert 1');
    writeFileSync(demo.settings, before);
  });

  test('an address takes back at once that no server is known for a card', async () => {
    const before = settings();
    writeFileSync(demo.settings, '[io/github/escproject/Esc]\n');
    window = await DrivenWindow.start([esc], demo.environment);
    await window.find('dialog', 'Phone Home');
    await window.press('push button', 'Cancel');
    await window.gone('dialog', 'Phone Home');
    await window.activate('preferences');
    await window.find('frame', 'Preferences');
    const notKnown = 'It is not known which server issues this card';
    const set = async (title: string, address: string): Promise<void> => {
      await window.type('text', title, address);
      await window.press('push button', 'Apply');
    };
    for (const [title, address] of [
      ['TPS URL', demo.tps],
      ['Phone Home URL', demo.tps.replace(/tps$/, 'phoneHome')],
    ] as const) {
      await window.press('push button', 'Enroll');
      await window.find('label', notKnown);
      await set(title, address);
      await window.gone('label', notKnown);
      await set(title, '');
      await window.gone('push button', 'Apply');
    }
    writeFileSync(demo.settings, before);
  });

  test('a wrong address is said to be wrong where it is typed, and is not kept', async () => {
    await open(demo.environment);
    await window.type('text', 'TPS URL', 'ftp://pki.example.com/');
    await window.find('label', wrong);
    await window.picture(pictureFile('preferences-wrong'));
    expect(await isSensitive('push button', 'Apply')).toBe(false);
    await window.type('text', 'TPS URL', 'https://pki.example.com:8443/tps/tps');
    await window.gone('label', wrong);
    await window.press('push button', 'Apply');
    await expect.poll(settings).toContain("fallback-tps-url='https://pki.example.com:8443/tps/tps'");
  });
});

describe('what an administrator has locked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'esc-dconf-'));
  let environment: NodeJS.ProcessEnv;

  beforeAll(() => {
    const ca = makeCertificate({ commonName: 'Company CA', isCa: true });
    const server = makeCertificate({ commonName: 'tps.example.com' });
    const values = {
      autostart: 'true',
      notifications: 'false',
      'hide-format': 'true',
      'open-issuer-page': 'false',
      'fallback-tps-url': "'https://pki.example.com:8443/tps/tps'",
      'global-phone-home-url': "''",
      'connect-timeout': 'uint32 7',
      'message-timeout': 'uint32 70',
      'trusted-issuers': JSON.stringify([ca.cert]),
      'trusted-servers': JSON.stringify([server.cert]),
      'plain-http-servers': "['old.example.com:80']",
    };
    environment = withLocked(demo.environment, folder, values);
  });
  afterAll(() => removeFolder(folder));

  describe('in the window', () => {
    afterEach(() => window.end());

    test.each(looks)('is shown so and cannot be changed, what is not locked can, %s', async (name, look) => {
      await open(environment, look);
      await window.picture(pictureFile(`preferences-locked-${name}`));
      for (const title of ['Start With the Session', 'Notifications', 'Open Pages of Issuers', 'Hide Format'])
        expect(await isSensitive('check box', title), title).toBe(false);
      for (const title of ['Connection', 'Server'])
        expect(await isSensitive('spin button', title), title).toBe(false);
      expect(await isSensitive('spin button', 'Card')).toBe(true);
      expect(await isSensitive('text', 'TPS URL')).toBe(false);
      expect(await isSensitive('text', 'Phone Home URL')).toBe(false);
      for (const title of ['Trust Company CA No Longer', 'Trust tps.example.com No Longer'])
        expect(await isSensitive('push button', title), title).toBe(false);
      expect(await isSensitive('push button', 'Ask Again for old.example.com:80')).toBe(false);
      const said = (await window.tree()).filter(
        ({ role, name: text }) => role === 'label' && text.includes(locked),
      );
      expect(said).toHaveLength(12);
    });

    test('is shown in the Phone Home dialog of all cards too', async () => {
      await open(environment);
      await demo.order('remove 1');
      await window.find('label', 'Insert Your Smart Card');
      await window.activate('phone-home');
      await window.find('dialog', 'Phone Home');
      await demo.order('insert 1');
      await window.findPart('label', locked);
      for (const [role, title] of [
        ['text', 'TPS Config URI'],
        ['push button', 'OK'],
      ] as const)
        expect(await isSensitive(role, title), title).toBe(false);
      await window.picture(pictureFile('phone-home-locked'));
    });

    test('hides Format', async () => {
      await open(environment);
      await window.gone('push button', 'Format');
    });
  });

  test('is refused by escctl: Format with a failure of its own', async () => {
    const result = await runEscctl(['format', '--json'], { environment });
    expect(result.status).toBe(1);
    expect(result.report()).toMatchObject({ code: 'format-locked', number: 'ESC-1006', cardTouched: false });
  });

  test('escctl sets no address for all cards where that is locked', async () => {
    const set = ['phone-home', 'set', '--all', 'https://pki.example.com/tps/phoneHome', '--json'];
    const result = await runEscctl(set, { environment });
    expect(result.status).toBe(1);
    expect(result.report().code).toBe('setting-locked');
  });

  test('escctl does not take trust back that is locked', async () => {
    const [entry] = (await runEscctl(['trust-server', '--list', '--json'], { environment })).json() as {
      locked: boolean;
      certificate: { sha256: string };
    }[];
    expect(entry?.locked).toBe(true);
    const result = await runEscctl(['trust-server', '--remove', entry?.certificate.sha256 ?? '', '--json'], {
      environment,
    });
    expect(result.status).toBe(1);
    expect(result.report().code).toBe('setting-locked');
  });
});
