/** Servers whose certificate does not verify, and servers without encryption: in the window and by escctl. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { escctlOnTerminal } from '../support/escctl/terminal.js';
import { withLocked } from '../support/locked-settings.js';
import type { Look } from '../support/window/driver.js';
import { Person } from '../support/window/person.js';
import { reach } from '../support/window/keyboard.js';
import { inLines } from '../support/window/fingerprint.js';
import { pictureFile } from '../support/window/pictures.js';

const cardPassword = 'Secret.12';

let demo: Demo;
let asDemoBegan: string;

async function begin(tls: boolean): Promise<void> {
  demo = await Demo.start({ keyBits: 1024, tls });
  asDemoBegan = readFileSync(demo.settings, 'utf8');
}

function settings(): string {
  return readFileSync(demo.settings, 'utf8');
}

function run(...args: string[]): Promise<Result> {
  return runEscctl([...args, '--json'], { environment: demo.environment });
}

/** Formats the card, logging in as the demo's user. */
function format(...args: string[]): Promise<Result> {
  return runEscctl(['format', '--user', demo.user, '--password-file', '-', ...args, '--json'], {
    environment: demo.environment,
    input: demo.password,
  });
}

const server = (): string => demo.tps.split('/')[2] ?? '';

describe('a server whose issuer is unknown', () => {
  let issuer: X509Certificate;
  let person: Person | undefined;

  beforeAll(async () => {
    await begin(true);
    issuer = new X509Certificate(readFileSync(join(demo.directory, 'ca.pem')));
  });
  beforeEach(() => writeFileSync(demo.settings, asDemoBegan));
  afterEach(async () => {
    await person?.window.end();
    person = undefined;
  });
  afterAll(() => demo.end());

  test.each<[string, Look]>([
    ['light', {}],
    ['dark-narrow', { dark: true, width: 360, height: 720 }],
  ])(
    'is shown with its fingerprint, and is not trusted unless the person says so, %s',
    async (name, look) => {
      person = await Person.start(demo, look);
      await person.format();
      await person.window.find('dialog', `Trust ${server()}?`);
      await person.window.find('label', inLines(issuer.fingerprint256));
      await person.window.findPart('label', `The certificate of ${server()} was issued by somebody`);
      await person.window.picture(pictureFile(`trust-${name}`));
      const { wanted, missed } = await reach(person.window, []);
      expect(wanted.join()).toContain('Trust This Issuer');
      expect(missed).toEqual([]);
      await person.press('Cancel');
      await person.window.find(
        'label',
        `The certificate of ${server()} was issued by somebody whom this computer does not trust`,
      );
      expect(settings()).not.toContain('trusted-issuers');
    },
  );

  test('is trusted after it was shown, and the operation goes on with what was typed; it can be taken back', async () => {
    person = await Person.start(demo, { dark: true, width: 360, height: 720 });
    await person.press('Enroll');
    await person.choosePassword(cardPassword);
    await person.press('Trust This Issuer');
    await person.logIn();
    await person.window.find('label', 'The card is enrolled');
    await expect.poll(settings).toContain('trusted-issuers');

    await person.window.activate('preferences');
    await person.window.find('label', issuer.subject.replace(/^[^]*CN=/, ''));
    await person.window.picture(pictureFile('trusted-dark-narrow'));
    await person.press(`Trust ${issuer.subject.replace(/^[^]*CN=/, '')} No Longer`);
    await person.window.find(
      'label',
      'A server with a certificate of an unknown issuer is shown to you before it is trusted.',
    );
    await expect.poll(settings).toMatch(/trusted-issuers=(@as )?\[\]/);
  });

  test('is not trusted any more once that was taken back, in the same run', async () => {
    person = await Person.start(demo);
    await person.press('Reset Password');
    await person.choosePassword(cardPassword);
    await person.press('Trust This Issuer');
    await person.logIn();
    await person.window.find('label', 'The card has its new password');
    writeFileSync(demo.settings, asDemoBegan);
    await person.press('Reset Password');
    await person.choosePassword(cardPassword);
    await person.window.find('dialog', `Trust ${server()}?`);
  });

  test('is refused by escctl, which tells the fingerprints', async () => {
    const result = await format();
    expect(result.status).toBe(5);
    const { code, facts } = result.report();
    expect(code).toBe('tls-error');
    expect(facts).toMatchObject({ result: 'UNKNOWN_CA', issuerFingerprint: issuer.fingerprint256 });
  });

  test('is trusted for one run with --ca, which stores nothing', async () => {
    const done = await format('--ca', join(demo.directory, 'ca.pem'));
    expect(done.status, done.stdout).toBe(0);
    expect(settings()).not.toContain('trusted');
    const result = await format('--ca', join(demo.directory, 'state.json'));
    expect(result.status).toBe(2);
    expect(result.report().message).toContain('holds no certificates in PEM');
    const long = join(demo.directory, 'long.pem');
    writeFileSync(long, '.'.repeat(1024 * 1024 + 1));
    expect((await format('--ca', long)).report().message).toContain('is too long');
  });

  test('is trusted on the command line after a question, listed and taken back', async () => {
    const asked = await escctlOnTerminal(
      ['trust-server', demo.tps],
      [['\\(yes/no\\)', 'no\n']],
      demo.environment,
    );
    expect(asked.status).toBe(7);
    expect(asked.screen).toContain(`SHA-256: ${issuer.fingerprint256}`);
    expect(settings()).toBe(asDemoBegan);

    const alone = await run('trust-server', demo.tps);
    expect(alone.status).toBe(2);
    expect(alone.report().message).toContain('there is no terminal to ask on');

    const agreed = await escctlOnTerminal(
      ['trust-server', demo.tps],
      [['\\(yes/no\\)', 'yes\n']],
      demo.environment,
    );
    expect(agreed.status, agreed.screen).toBe(0);
    expect((await run('trust-server', demo.tps)).json()).toMatchObject({ code: 'trusted-before' });
    expect((await run('trust-server', '--list')).json()).toMatchObject([
      { kind: 'issuer', locked: false, certificate: { sha256: issuer.fingerprint256 } },
    ]);
    expect((await format()).status).toBe(0);

    const removed = await run('trust-server', '--remove', issuer.fingerprint256.toLowerCase());
    expect(removed.status).toBe(0);
    expect((await run('trust-server', '--list')).json()).toEqual([]);
    expect((await run('trust-server', '--remove', issuer.fingerprint256)).status).toBe(2);
    expect((await format()).status).toBe(5);

    const atOnce = await run('trust-server', demo.tps, '--yes');
    expect(atOnce.json()).toMatchObject({ code: 'done', issuer: { sha256: issuer.fingerprint256 } });
    expect((await run('trust-server', 'http://127.0.0.1/')).report().code).toBe('bad-url');
  });

  describe('where an administrator decides whom to trust', () => {
    const decided = 'Which servers are trusted is set by your administrator.';
    const why = (): string =>
      `The certificate of ${server()} was issued by somebody whom this computer does not trust`;
    let environment: NodeJS.ProcessEnv;

    beforeAll(() => {
      environment = withLocked(demo.environment, join(demo.directory, 'locked'), {
        'fallback-tps-url': `'${demo.tps}'`,
        'trusted-issuers': '@as []',
        'trusted-servers': '@as []',
      });
    });

    async function seeRefusal({ window }: Person): Promise<void> {
      await window.find('dialog', why());
      await window.find('label', inLines(issuer.fingerprint256));
      await window.findPart('label', decided);
      const buttons = (await window.tree())
        .filter(({ role }) => role === 'push button')
        .map(({ name }) => name);
      for (const offer of ['Trust This Issuer', 'Trust This Server']) expect(buttons).not.toContain(offer);
    }

    test('neither an operation nor the Phone Home dialog offers to trust the server that it shows', async () => {
      person = await Person.start(demo, { dark: true, width: 360, height: 720 }, environment);
      await person.format();
      await seeRefusal(person);
      await person.window.picture(pictureFile('trust-locked'));
      await person.press('Close');
      await person.window.gone('dialog', why());
      await person.see(why());

      await person.press('Phone Home');
      await person.window.type('text', 'TPS Config URI', demo.tps.replace('/tps/tps', '/tps/phoneHome'));
      await person.press('Test URL');
      await seeRefusal(person);
      await person.press('Close');
      await person.window.find('dialog', 'Phone Home');
    });

    test.each([[[]], [['--yes']]])('nor does escctl, which asks nobody: trust-server %j', async more => {
      const command = ['trust-server', demo.tps, ...more];
      const { status, screen } = await escctlOnTerminal(command, [], environment);
      expect(status, screen).toBe(1);
      expect(screen).toContain(decided);
      const refused = (await runEscctl([...command, '--json'], { environment })).report();
      expect(refused.code).toBe('setting-locked');
      expect(refused.facts).toMatchObject({ issuerFingerprint: issuer.fingerprint256 });
      expect((await runEscctl(['trust-server', '--list', '--json'], { environment })).json()).toEqual([]);
    });
  });
});

describe('a server without encryption', () => {
  let url: string;
  let person: Person | undefined;

  beforeAll(async () => {
    await begin(false);
    // An address of this machine that is not one of the loopback interface.
    url = demo.tps.replace('127.0.0.1', '0.0.0.0');
  });
  beforeEach(() => writeFileSync(demo.settings, asDemoBegan.replaceAll('127.0.0.1', '0.0.0.0')));
  afterEach(async () => {
    await person?.window.end();
    person = undefined;
  });
  afterAll(() => demo.end());

  test.each<[string, Look]>([
    ['light', {}],
    ['dark-narrow', { dark: true, width: 360, height: 720 }],
  ])('gets one after a question, once a run, %s', async (name, look) => {
    const fresh = new URL(url).host;
    person = await Person.start(demo, look);
    await person.format();
    await person.window.find('dialog', 'Sign In Without Encryption?');
    await person.window.picture(pictureFile(`plain-http-${name}`));
    await person.press('Cancel');
    await person.window.gone('dialog', 'Sign In Without Encryption?');
    await person.format();
    await person.press('Continue');
    await person.window.find('dialog', `Sign In to ${fresh}`);
    await person.press('Cancel');
    await person.format();
    await person.window.find('dialog', `Sign In to ${fresh}`);
    expect(settings()).not.toContain('plain-http-servers');
  });

  test('is remembered by itself alone, and Preferences take it back', async () => {
    const { host } = new URL(url);
    person = await Person.start(demo);
    await person.format();
    await person.window.press('check box', 'Do Not Ask Again for This Server');
    await person.press('Continue');
    await person.window.find('dialog', `Sign In to ${host}`);
    await expect.poll(settings).toContain(`plain-http-servers=['${host}']`);
    await person.press('Cancel');
    await person.window.activate('preferences');
    await person.press(`Ask Again for ${host}`);
    await person.window.gone('label', host);
    await expect.poll(settings).toMatch(/plain-http-servers=(@as )?\[\]/);
  });

  // The last one: a card that was formatted leads to the server's own address by Phone Home.
  test('gets no login from escctl unless --allow-http or the person on the terminal says so', async () => {
    const refused = await format('--tps', url);
    expect(refused.status).toBe(5);
    expect(refused.report().code).toBe('plain-http');
    const args = ['format', '--user', demo.user, '--tps', url];
    const no = await escctlOnTerminal(args, [['\\(yes/no\\)', 'no\n']], demo.environment);
    expect(no.status).toBe(7);
    const yes: [string, string][] = [
      ['\\(yes/no\\)', 'yes\n'],
      ['Password', `${demo.password}\n`],
    ];
    expect((await escctlOnTerminal(args, yes, demo.environment)).status).toBe(0);
    expect((await format('--tps', url, '--allow-http')).status).toBe(0);
  });
});
