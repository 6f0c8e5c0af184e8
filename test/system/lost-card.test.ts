/** A card is destroyed, and the next one of its user gets the key that decrypts: by clicks, on virtual cards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { X509Certificate } from 'node:crypto';
import { Demo, type DemoOptions } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { encryptFor, modules, Pkcs11Token } from '../support/pkcs11/token.js';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const firstPin = 'Secret.12';
const nextPin = 'Another.1';
const mail = 'what was encrypted for the first card';

let demo: Demo;
let environment: NodeJS.ProcessEnv;
/** Of the first card. */
let signing: X509Certificate;
let encryption: X509Certificate;
let encrypted: Uint8Array;

/** A command for the card in the first reader. */
function escctl(command: string, input: string, ...more: string[]): Promise<Result> {
  const card = ['--json', '--reader', demo.readers[0] ?? '', ...more];
  return runEscctl([command, ...card], { environment, input });
}

function operate(command: string): Promise<Result> {
  const login = ['--user', demo.user, '--password-file=-'];
  if (command === 'format') return escctl(command, `${demo.password}\n`, ...login);
  return escctl(command, `${demo.password}\n${firstPin}\n`, ...login, '--pin-file=-');
}

/** As a module of Debian sees it: the only card that is in, since both have the name of their user. */
function token(module: (typeof modules)[number] = modules[0]): Pkcs11Token {
  return new Pkcs11Token(module, demo.user, environment);
}

/** Until the first card was reported to be destroyed. */
async function begin(options: DemoOptions): Promise<void> {
  demo = await Demo.start({ ...options, cards: 2 });
  environment = { ...demo.environment, HOME: demo.directory, XDG_CACHE_HOME: demo.directory, TZ: 'UTC' };
  await demo.order('remove 2');
  await enrollCard(demo, { pin: firstPin });
  signing = await token().certificate('01');
  encryption = await token().certificate('02');
  encrypted = encryptFor(encryption, mail);
  await demo.order('damaged 1');
}

/** The second card in place of the first, formatted and given to the same user. */
async function giveNextCard(): Promise<void> {
  await demo.order('remove 1');
  await demo.order('insert 2');
  const login = ['--user', demo.user, '--password-file=-'];
  const { status, stdout } = await runEscctl(['format', ...login], {
    environment,
    input: `${demo.password}\n`,
  });
  expect(status, stdout).toBe(0);
  await demo.order('give 2');
}

beforeAll(() => begin({}));
afterAll(() => demo.end());

test.each([
  ['enroll', 'ESC-4026', /^Format the card, .* reported lost/],
  ['format', 'ESC-4026', /^Ask your help desk to set the card free: .* reported lost/],
  ['reset-password', 'ESC-4027', /^Format the card, .* reported lost/],
])('nothing is done with the card that was reported: %s', async (command, number, advice) => {
  const { outcome, code, message, next } = (await operate(command)).report();
  expect({ outcome, code }).toEqual({ outcome: 'failed', code: 'server-refused' });
  expect(message).not.toBe('');
  expect(next).toMatch(advice);
  const { stdout } = await runEscctl(['diagnostics', '--log', '--json'], { environment });
  expect(stdout).toContain(number);
});

describe('the next card', () => {
  let window: DrivenWindow;
  beforeAll(async () => {
    await giveNextCard();
    window = await DrivenWindow.start([esc], environment);
  });
  afterAll(() => window.end());

  test('is enrolled like any other', async () => {
    await window.press('push button', 'Enroll');
    await window.find('text', 'New Card Password');
    await window.type('text', 'New Card Password', nextPin);
    await window.type('text', 'The Same Again', nextPin);
    await window.press('push button', 'OK');
    await window.find('text', 'LDAP User ID');
    await window.type('text', 'LDAP User ID', demo.user);
    await window.type('text', 'LDAP Password', demo.password);
    await window.press('push button', 'Submit');
    await window.find('label', 'The card is enrolled');
  });

  test('shows the certificate of the first card with its encryption key, and a new one with its signing key', async () => {
    await window.press('push button', 'View encryption key for jsmith');
    await window.find('label', encryption.serialNumber);
    await window.picture(pictureFile('recovered-certificate'));
    await window.press('push button', 'Close');
    await window.gone('dialog', 'encryption key for jsmith');
    await window.press('push button', 'View signing key for jsmith');
    await window.find('label', 'Serial Number');
    await window.gone('label', signing.serialNumber);
    await window.press('push button', 'Close');
    await window.gone('dialog', 'signing key for jsmith');
  });

  test('is found to work', async () => {
    await window.press('push button', 'Test Card');
    await window.type('text', 'Card Password', nextPin);
    await window.press('push button', 'Test');
    await window.find('label', 'The card works');
    await window.findPart('label', 'encryption key for jsmith: decrypts correctly');
  });

  test.each(modules)('decrypts with $name what was encrypted for the first', async module => {
    const shown = await token(module).certificate('01');
    expect(shown.fingerprint256).toBe(encryption.fingerprint256);
    expect((await token(module).certificate('00')).fingerprint256).not.toBe(signing.fingerprint256);
    expect(await token(module).decrypt(nextPin, encrypted, '01')).toBe(mail);
    expect(await token(module).signAndVerify(nextPin, '00')).toContain('Verified OK');
  });
});

describe('where the server makes a new key, too', () => {
  beforeAll(async () => {
    await demo.end();
    await begin({ keyBits: 1024, recoverAndRenew: true });
    await giveNextCard();
    await enrollCard(demo, { pin: nextPin });
  });

  test('the next card shows both encryption keys, and both decrypt', async () => {
    const window = await DrivenWindow.start([esc], environment);
    await window.press('push button', 'Test Card');
    await window.type('text', 'Card Password', nextPin);
    await window.press('push button', 'Test');
    await window.find('label', 'The card works');
    const shown = await window.tree();
    const named = (of: string, part: string): string[] =>
      shown.filter(({ role, name }) => role === of && name.includes(part)).map(({ name }) => name);
    expect(named('list item', 'encryption key for jsmith')).toHaveLength(2);
    const worked = named('label', 'encryption key for jsmith: decrypts correctly').join('\n');
    expect(worked.match(/decrypts correctly/g)).toHaveLength(2);
    await window.picture(pictureFile('recovered-beside-new'));
    await window.end();
  });

  test.each(modules)('$name has all three, and decrypts old mail with the old key', async module => {
    const [own, made, recovered] = [
      await token(module).certificate('00'),
      await token(module).certificate('01'),
      await token(module).certificate('02'),
    ];
    expect(recovered.fingerprint256).toBe(encryption.fingerprint256);
    expect(new Set([own, made, recovered, signing].map(each => each.fingerprint256)).size).toBe(4);
    expect(await token(module).decrypt(nextPin, encrypted, '02')).toBe(mail);
    expect(await token(module).encryptAndDecrypt(nextPin, 'new mail', '01')).toBe('new mail');
    expect(await token(module).signAndVerify(nextPin, '00')).toContain('Verified OK');
  });
});
