import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { installBrowser } from '../support/phone-home/browser.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const uri = 'TPS Config URI';
const notKnown = 'It is not known which server issues this card';
let demo: Demo;
let issuer: DocumentServer;
let window: DrivenWindow;

let environment: NodeJS.ProcessEnv;
let opened: () => readonly string[];

async function start(settings: string, look: Look = {}): Promise<void> {
  writeFileSync(demo.settings, `[io/github/escproject/Esc]\n${settings}`);
  window = await DrivenWindow.start([esc], environment, look);
}

/** All that is remembered of cards, as it is on disk. */
function rememberedText(): string {
  const folder = join(demo.directory, 'config/esc/cards');
  return readdirSync(folder)
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

const press = (name: string): Promise<void> => window.press('push button', name);
const picture = (name: string): Promise<void> => window.picture(pictureFile(name));

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  issuer = await DocumentServer.start({
    Operation: `${demo.tps} ## TPS server URL`,
    UI: 'http://127.0.0.1:9/enroll',
    EnrolledTokenBrowserURL: 'http://127.0.0.1:9/welcome',
    TokenType: 'userKey',
  });
  environment = { ...demo.environment, XDG_DATA_HOME: join(demo.directory, 'data') };
  opened = installBrowser(demo.directory, environment);
});
afterAll(async () => {
  await window.end();
  await issuer.end();
  await demo.end();
});

test('the dialog opens by itself for a blank card for which no server is known', async () => {
  await start('');
  await window.find('dialog', 'Phone Home');
  await window.find('text', uri);
  await picture('phone-home-asks');
});

test('an operation without a server ends where one can be set', async () => {
  await press('Cancel');
  await window.gone('dialog', 'Phone Home');
  await press('Enroll');
  await window.find('label', notKnown);
  await press('Set Address');
  await window.find('dialog', 'Phone Home');
});

test.each([
  ['nowhere', 'The address of the server is not valid', 'bad-url'],
  ['http://127.0.0.1:9/tps/phoneHome', '127.0.0.1:9 does not accept connections.', 'connection-refused'],
  ['http://nobody.invalid/tps/phoneHome', 'nobody.invalid', 'host-not-found'],
  ['ORIGIN/missing', 'has nothing at this address', 'HTTP 404'],
  ['ORIGIN/page', 'it is a web page', 'not-xml'],
])('Test URL says what is wrong with %s', async (url, what, code) => {
  await window.type('text', uri, url.replace('ORIGIN', issuer.origin));
  await press('Test URL');
  await window.findPart('label', what);
  await window.findPart('label', code);
  if (code === 'HTTP 404') await picture('phone-home-failed');
});

test('OK on an address that was not tested tests it, and keeps none that leads nowhere', async () => {
  await window.type('text', uri, 'http://127.0.0.1:9/other');
  await press('OK');
  await window.findPart('label', '127.0.0.1:9 does not accept connections.');
  await window.find('dialog', 'Phone Home');
});

test('Test URL shows what was found, with the number of the card', async () => {
  await window.type('text', uri, issuer.url);
  await press('Test URL');
  await window.find('label', 'The issuer was found.');
  await window.find('label', 'Blue Corp');
  await window.find('label', demo.tps);
  await picture('phone-home-found');
  expect(issuer.asked.at(-1)).toMatch(/^\/tps\/phoneHome\?cuid=[0-9a-f]{20}$/);
});

test('OK keeps it: the card shows its issuer, and no more that none is known', async () => {
  await press('OK');
  await window.gone('dialog', 'Phone Home');
  await window.find('label', 'Blue Corp');
  await window.gone('label', notKnown);
  await picture('phone-home-card');
  await expect.poll(rememberedText).toMatch(/^\[[0-9a-f]{20}\]$/m);
});

test('the enrollment page opens in the browser when the person asks for it', async () => {
  await press('Open Page');
  await expect.poll(opened).toEqual(['http://127.0.0.1:9/enroll']);
});

test('operations go to the server that the document names', async () => {
  await press('Enroll');
  await window.type('text', 'New Card Password', 'Secret.12');
  await window.type('text', 'The Same Again', 'Secret.12');
  await press('OK');
  await window.find('dialog', `Sign In to ${demo.tps.split('/')[2] ?? ''}`);
  await window.type('text', 'LDAP User ID', demo.user);
  await window.type('text', 'LDAP Password', demo.password);
  await press('Submit');
  await window.find('label', 'The card is enrolled', 90);
  // The format wrote another address to the card, which another issuer answers.
  await window.find('label', 'Example Corp');
});

test('an issuer’s page opens when an enrolled card is inserted, once allowed', async () => {
  await window.end();
  await start(`ignore-card-phone-home-url=true\nglobal-phone-home-url='${issuer.url}'\n`);
  await window.findPart('label', 'has a page for this card');
  await picture('issuer-page-question');
  await press('Open');
  const page = 'http://127.0.0.1:9/welcome';
  await expect.poll(opened).toEqual(['http://127.0.0.1:9/enroll', page]);
  const asked = issuer.asked.length;
  await demo.order('remove 1');
  await window.find('label', 'Insert Your Smart Card');
  await demo.order('insert 1');
  await expect.poll(opened).toHaveLength(3);
  // What is cached needs no server.
  expect(issuer.asked).toHaveLength(asked);
  await window.find('label', 'Enrolled');
  expect(opened()).toEqual(['http://127.0.0.1:9/enroll', page, page]);
});

test('whether it opens is shown, and can be changed for this card', async () => {
  const choice = 'Open Page When Inserted';
  const isOn = async (): Promise<boolean> =>
    (await window.find('check box', choice)).states.includes('checked');
  await press('Phone Home');
  await window.find('dialog', 'Phone Home');
  expect(await isOn()).toBe(true);
  await picture('phone-home-issuer-page');
  await window.press('check box', choice);
  await expect.poll(isOn).toBe(false);
  await expect.poll(rememberedText).toContain("issuer-page='never'");
  await press('Cancel');
  const before = opened().length;
  await demo.order('remove 1');
  await window.find('label', 'Insert Your Smart Card');
  await demo.order('insert 1');
  await window.find('label', 'Enrolled');
  await press('Phone Home');
  await window.find('dialog', 'Phone Home');
  expect(await isOn()).toBe(false);
  await window.press('check box', choice);
  await expect.poll(rememberedText).toContain("issuer-page='open'");
  expect(opened()).toHaveLength(before);
  await press('Cancel');
});

test('a server that is away leaves the old values, and the page says so', async () => {
  await window.end();
  const kept = readFileSync(demo.settings, 'utf8')
    .replace(issuer.url, 'http://127.0.0.1:9/moved')
    .replace(/$/, 'open-issuer-page=false\n');
  expect(kept).toContain('127.0.0.1:9/moved');
  writeFileSync(demo.settings, kept);
  window = await DrivenWindow.start([esc], environment, { dark: true, width: 360, height: 720 });
  await window.findPart('label', 'What was known before is still used.');
  await window.find('label', 'Blue Corp');
  await picture('phone-home-old-values');
});

test('what is remembered can be looked at and forgotten', async () => {
  await press('Phone Home');
  await window.find('dialog', 'Phone Home');
  await window.find('label', 'Pages of issuers are switched off in Preferences.');
  expect((await window.find('check box', 'Open Page When Inserted')).states).not.toContain('sensitive');
  await picture('phone-home-narrow');
  await press('Remembered Cards');
  await window.find('dialog', 'Remembered Cards');
  await picture('remembered-cards');
  await press('Forget All');
  await window.find('dialog', 'Forget All Cards?');
  await press('Forget');
  await window.find('label', 'No Card Is Remembered');
  await expect.poll(rememberedText).not.toMatch(/^\[[0-9a-f]{20}\]\n[a-z]/m);
});

test('a page that is never to open for this card does not, and nobody is asked again', async () => {
  await window.end();
  const before = opened().length;
  await start(`ignore-card-phone-home-url=true\nglobal-phone-home-url='${issuer.url}'\n`);
  await window.findPart('label', 'has a page for this card');
  await press('Never for This Card');
  await expect.poll(rememberedText).toContain("issuer-page='never'");
  await demo.order('remove 1');
  await window.find('label', 'Insert Your Smart Card');
  await demo.order('insert 1');
  await window.find('label', 'Enrolled');
  await press('Phone Home');
  // In place of this dialog the question would be in front.
  const choice = await window.find('check box', 'Open Page When Inserted');
  expect(choice.states).not.toContain('checked');
  expect(choice.states).toContain('sensitive');
  await window.press('check box', 'Open Page When Inserted');
  await expect.poll(rememberedText).toContain("issuer-page='open'");
  await press('Cancel');
  await demo.order('remove 1');
  await window.find('label', 'Insert Your Smart Card');
  expect(opened()).toHaveLength(before);
  await demo.order('insert 1');
  await expect.poll(opened).toHaveLength(before + 1);
});
