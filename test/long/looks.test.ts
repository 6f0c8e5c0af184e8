/**
 * Every window, dialog and page, as each desktop shows it: narrow and wide, light and dark, in high contrast, with large
 * text, from right to left. Each leaves a picture; none may be wider than it has room for.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { insertCard } from '../../demo/card/vpcd.js';
import { inSandbox } from '../support/agent/sandbox.js';
import { Ca } from '../support/browsers/ca.js';
import { Home } from '../support/browsers/home.js';
import { CardHost } from '../support/card-host.js';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { withLocked } from '../support/locked-settings.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { VirtualCard as StrangeCard } from '../support/pcsc/virtual-card.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const cardPassword = 'Secret.12';
/** What GTK draws around a window where nothing composites, in pixels. */
const frame = 10;
/** High enough for whole pages. */
const narrow = { width: 360, height: 1500 };
const wide = { width: 1280, height: 1200 };
const looks: readonly (readonly [string, Look])[] = [
  ['light', wide],
  ['dark-narrow', { dark: true, ...narrow }],
  ['contrast-dark', { highContrast: true, dark: true, ...wide }],
  ['contrast-narrow', { highContrast: true, ...narrow }],
  ['text150-narrow', { textScale: 1.5, ...narrow }],
  ['text200', { textScale: 2, ...wide }],
  ['rtl', { language: 'he', ...wide }],
  ['rtl-narrow', { language: 'he', dark: true, ...narrow }],
];
/** As far as they are chosen by ESC_LOOKS, names with commas. */
const chosen = looks.filter(([name]) => process.env.ESC_LOOKS?.split(',').includes(name) ?? true);

/** What GTK and Libadwaita say of themselves in the language of `rtl`. */
const hebrew = { Close: 'סגירה', About: 'אודות' };

/** The windows of one run of the program, in one look. */
class Walk {
  private constructor(
    public readonly window: DrivenWindow,
    private readonly name: string,
    private readonly look: Look,
  ) {}

  public static async start(
    environment: NodeJS.ProcessEnv,
    [name, look]: readonly [string, Look],
    command: readonly string[] = [esc],
  ): Promise<Walk> {
    return new Walk(await DrivenWindow.start(command, environment, look), name, look);
  }

  /** Takes the picture of the dialog in front, which has to fit. */
  public async see(what: string): Promise<void> {
    await this.window.picture(this.pictureFile(what));
    await this.fits(what);
  }

  /** As `see`, of a window: it gets the whole screen. */
  public async seeAll(what: string): Promise<void> {
    await this.window.fill();
    await this.see(what);
  }

  /** As `seeAll`, of a window that a library made. */
  public async seeForeign(what: string): Promise<void> {
    await this.window.fill();
    await this.window.pictureOfForeign(this.pictureFile(what));
    await this.fits(what);
  }

  public press(name: string): Promise<void> {
    return this.window.press('push button', name);
  }

  public async type(texts: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(texts)) await this.window.type('text', name, text);
  }

  public async choosePassword(): Promise<void> {
    await this.type({ 'New Card Password': cardPassword, 'The Same Again': cardPassword });
    await this.press('OK');
  }

  public async logIn(demo: Demo): Promise<void> {
    await this.type({ 'LDAP User ID': demo.user, 'LDAP Password': demo.password });
    await this.press('Submit');
  }

  /** From the list of cards to the page of one, by the keyboard. */
  public async open(card: string): Promise<void> {
    await this.window.select('list item', card);
    for (let i = 0; (await this.window.focused()).role !== 'list item'; i += 1) {
      expect(i, 'the list is reached by Tab').toBeLessThan(10);
      await this.window.key('Tab');
    }
    await this.window.key('Return');
  }

  /** A word that is the desktop's, not the program's. */
  public desktops(word: keyof typeof hebrew): string {
    return this.look.language === 'he' ? hebrew[word] : word;
  }

  /** Presses the button in the title bar. */
  public close(): Promise<void> {
    return this.press(this.desktops('Close'));
  }

  private pictureFile(what: string): string {
    return pictureFile(`looks/${what}-${this.name}`);
  }

  private async fits(what: string): Promise<void> {
    for (const { least_width, least_height } of await this.window.sizes()) {
      expect
        .soft(least_width, `${what}: the least width`)
        .toBeLessThanOrEqual((this.look.width ?? 0) + frame);
      expect.soft(least_height, `${what}: the least height`).toBeLessThanOrEqual(720);
    }
  }
}

describe.each(chosen)('%s', (...look) => {
  let walk: Walk;

  describe('without cards of our own', () => {
    const pcscd = new PrivatePcscd();
    const environment = { ...process.env, GSETTINGS_BACKEND: 'memory', ...pcscd.env };
    afterAll(() => pcscd.remove());

    test('why there is no card', async () => {
      walk = await Walk.start(environment, look);
      await walk.window.find('label', 'Smart Card Service Not Running');
      await walk.seeAll('no-service');
      await walk.window.end();
      await pcscd.start();
      walk = await Walk.start(environment, look);
      await walk.window.find('label', 'No Smart Card Reader');
      await walk.seeAll('no-reader');
      await walk.window.end();
      await pcscd.stop();
    });

    test('cards that are not ours, and long names', async () => {
      await pcscd.start('Gemalto USB Shell Token V2 (D5EC1A7E) 00 Interface', 'Reader');
      walk = await Walk.start(environment, look);
      await walk.window.find('label', 'Insert Your Smart Card');
      await walk.seeAll('no-card');
      const file = join(pcscd.folder, 'card.json');
      const card = new VirtualCard({ file });
      const host = new CardHost(apdu => card.process(apdu));
      await host.enroll(1024, cardPassword, 'Maximiliane-Alexandra von Sachsen-Coburg und Gotha');
      const [first, , second] = pcscd.readers;
      await insertCard(card, { port: first?.port ?? 0, linkPath: 'build/demo/vpcd-link' });
      await walk.window.findPart('label', 'Maximiliane');
      await walk.window.press('push button', 'Cancel', 3).catch(() => undefined);
      await walk.seeAll('long-names');
      const strange = await StrangeCard.insert(second?.port ?? 0, () => Buffer.from('6A82', 'hex'));
      await walk.window.findPart('list item', 'Unknown');
      await walk.seeAll('long-names-in-list');
      await walk.open('Unknown Card, Issuer unknown, Not Supported, in Reader 00 00');
      await walk.seeAll('unknown-card');
      strange.remove();
      await walk.window.end();
      await pcscd.stop();
    });
  });

  describe('cards and work on them', () => {
    let demo: Demo;

    beforeAll(async () => {
      demo = await Demo.start({ keyBits: 1024, pace: 40, pinTries: 3 });
      walk = await Walk.start({ ...demo.environment, TZ: 'UTC' }, look);
    });
    afterAll(async () => {
      await walk.window.end();
      await demo.end();
    });

    test('blank, formatted', async () => {
      await walk.window.find('label', 'Blank');
      await walk.seeAll('blank');
      await walk.press('Format');
      await walk.window.find('dialog', 'Format This Card?');
      await walk.see('format-question');
      await walk.press('Format');
      await walk.window.find('text', 'LDAP User ID');
      await walk.see('login');
      await walk.type({ 'LDAP User ID': demo.user, 'LDAP Password': 'wrong' });
      await walk.press('Submit');
      await walk.window.findPart('label', 'What you entered was not accepted.');
      await walk.see('login-refused');
      await walk.type({ 'LDAP Password': demo.password });
      await walk.press('Submit');
      await walk.window.find('label', 'Loading the software onto the card…');
      await walk.seeAll('formatting');
      await walk.close();
      await walk.window.find('label', 'Formatting Is Not Finished');
      await walk.see('close-question');
      await walk.press('Go On');
      await walk.window.find('label', 'The card is formatted');
      await walk.seeAll('formatted');
    });

    test('cancelled, enrolled', async () => {
      await walk.press('Enroll');
      await walk.window.find('text', 'New Card Password');
      await walk.see('password');
      await walk.type({ 'New Card Password': cardPassword, 'The Same Again': 'other' });
      await walk.see('password-differs');
      await walk.choosePassword();
      await walk.window.find('text', 'LDAP User ID');
      await walk.window.listen();
      await walk.logIn(demo);
      await walk.window.hear('Making the keys…');
      await walk.press('Cancel');
      await walk.window.find('label', 'Cancelled');
      await walk.seeAll('unfinished');
      await walk.press('Format and Enroll');
      await walk.choosePassword();
      await walk.window.find('text', 'LDAP User ID');
      await walk.logIn(demo);
      await walk.window.findPart('list item', 'Step 3, now: ');
      await walk.seeAll('enrolling');
      await walk.window.find('label', 'The card is enrolled');
      await walk.seeAll('enrolled');
    });

    test('tested, its password changed', async () => {
      await walk.press('Test the Card');
      await walk.window.find('dialog', 'Test This Card');
      await walk.see('card-password');
      await walk.type({ 'Card Password': cardPassword });
      await walk.press('Test');
      await walk.window.find('label', 'The card works');
      await walk.seeAll('tested');
      await walk.press('Change Password');
      await walk.type({ 'Present Card Password': 'wrong.1' });
      await walk.press('Continue');
      await walk.window.findPart('label', 'The card password was wrong.');
      await walk.see('change-password-wrong');
      await walk.type({ 'Present Card Password': 'wrong.1' });
      await walk.press('Continue');
      await walk.window.findPart('label', 'This is the last attempt');
      await walk.see('last-attempt');
      await walk.type({ 'Present Card Password': 'wrong.1' });
      await walk.press('Continue');
      await walk.window.find('label', 'The card password is blocked: it was wrong too many times');
      await walk.seeAll('blocked');
    });

    test('a certificate', async () => {
      await walk.press('View signing key for jsmith');
      await walk.window.find('dialog', 'signing key for jsmith');
      await walk.seeAll('certificate');
      await walk.close();
      await walk.window.gone('dialog', 'signing key for jsmith');
    });

    test('shortcuts, about', async () => {
      await walk.window.activate('show-shortcuts');
      await walk.window.find('frame', 'Keyboard Shortcuts');
      await walk.see('shortcuts');
      await walk.window.key('Escape');
      await walk.window.gone('frame', 'Keyboard Shortcuts');
      await walk.window.activate('about');
      await walk.window.find('frame', walk.desktops('About'));
      await walk.seeForeign('about');
      await walk.window.key('Escape');
      await walk.window.gone('frame', walk.desktops('About'));
    });

    test('diagnostics', async () => {
      await walk.window.activate('diagnostics');
      await walk.window.find('list item', 'Number of Cards: 1');
      await walk.seeAll('diagnostics-information');
      await walk.window.press('page tab', 'Log');
      await walk.window.findPart('label', 'Operation completed');
      await walk.seeAll('diagnostics-log');
      await walk.window.press('page tab', 'Check-Up');
      await walk.seeAll('diagnostics-check-up');
      await walk.press('Start Check-Up');
      await walk.window.findPart('list item', 'PKCS #11 Modules, Fine');
      await walk.window.find('push button', 'Start Check-Up');
      await walk.seeAll('diagnostics-checked');
      await walk.window.key('Escape');
      await walk.window.gone('frame', 'Diagnostics');
    });
  });

  describe('several cards', () => {
    let demo: Demo;

    beforeAll(async () => {
      demo = await Demo.start({ cards: 2, keyBits: 1024, pace: 15, validDays: 0 });
      walk = await Walk.start(demo.environment, look);
    });
    afterAll(async () => {
      await walk.window.end();
      await demo.end();
    });

    test('are listed while one is worked on, and end', async () => {
      const blank = 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 0';
      await walk.window.find('list item', `${blank}1`);
      await walk.seeAll('list');
      await walk.open(`${blank}1`);
      await walk.press('Enroll');
      await walk.choosePassword();
      await walk.window.find('text', 'LDAP User ID');
      await walk.logIn(demo);
      await walk.window.find('progress bar');
      await walk.seeAll('list-busy');
      await walk.window.findPart('list item', 'Expired');
      await walk.seeAll('expired');
    });
  });

  describe('Phone Home', () => {
    let demo: Demo;
    let issuer: DocumentServer;
    const long = 'Ministry of Long Names and Even Longer Certificates of the United Provinces';

    beforeAll(async () => {
      demo = await Demo.start({ keyBits: 1024 });
      issuer = await DocumentServer.start(
        {
          Operation: demo.tps,
          UI: 'http://127.0.0.1:9/enroll',
          EnrolledTokenBrowserURL: 'http://127.0.0.1:9/welcome/to/a/page/that/has/an/address/without/an/end',
          TokenType: 'userKey',
        },
        undefined,
        long,
      );
      writeFileSync(demo.settings, '[io/github/escproject/Esc]\n');
      walk = await Walk.start(demo.environment, look);
    });
    afterAll(async () => {
      await walk.window.end();
      await issuer.end();
      await demo.end();
    });

    test('asks, fails, finds', async () => {
      await walk.window.find('dialog', 'Phone Home');
      await walk.seeAll('phone-home-asks');
      await walk.type({ 'TPS Config URI': `${issuer.origin}/missing` });
      await walk.press('Test URL');
      await walk.window.findPart('label', 'HTTP 404');
      await walk.seeAll('phone-home-failed');
      await walk.press('Cancel');
      await walk.window.gone('dialog', 'Phone Home');
      await walk.press('Enroll');
      await walk.window.find('push button', 'Set Address');
      await walk.seeAll('set-address');
      await walk.press('Set Address');
      await walk.window.find('dialog', 'Phone Home');
      await walk.type({ 'TPS Config URI': issuer.url });
      await walk.press('Test URL');
      await walk.window.find('label', 'The issuer was found.');
      await walk.seeAll('phone-home-found');
      await walk.press('Remembered Cards');
      await walk.window.find('dialog', 'Remembered Cards');
      await walk.seeAll('remembered-none');
      await walk.close();
      await walk.window.gone('dialog', 'Remembered Cards');
      await walk.press('OK');
      await walk.window.find('label', long);
      await walk.seeAll('phone-home-card');
      await walk.press('Phone Home');
      await walk.press('Remembered Cards');
      await walk.window.find('dialog', 'Remembered Cards');
      await walk.seeAll('remembered');
      await walk.press('Forget All');
      await walk.window.find('dialog', 'Forget All Cards?');
      await walk.see('forget-question');
    });

    test('asks for the issuer’s page', async () => {
      await walk.window.end();
      const secrets = ['--password-file=-', '--pin-file=-'];
      await runEscctl(['enroll', '--user', demo.user, '--tps', demo.tps, ...secrets], {
        environment: demo.environment,
        input: `${demo.password}\n${cardPassword}\n`,
      });
      const settings = ['ignore-card-phone-home-url=true', `global-phone-home-url='${issuer.url}'`];
      writeFileSync(demo.settings, `[io/github/escproject/Esc]\n${settings.join('\n')}\n`);
      walk = await Walk.start(demo.environment, look);
      await walk.window.findPart('label', 'has a page for this card');
      await walk.see('issuer-page');
    });
  });

  describe('servers', () => {
    let demo: Demo;

    async function format(): Promise<void> {
      await walk.press('Format');
      await walk.window.find('dialog', 'Format This Card?');
      await walk.press('Format');
    }

    afterAll(async () => {
      await walk.window.end();
      await demo.end();
    });

    test('whose issuer is not known, and which the preferences list', async () => {
      demo = await Demo.start({ keyBits: 1024, tls: true });
      walk = await Walk.start(demo.environment, look);
      await format();
      await walk.window.findPart('dialog', 'Trust ');
      await walk.see('trust');
      await walk.press('Trust This Issuer');
      await walk.window.find('text', 'LDAP User ID');
      await walk.see('login-encrypted');
      await walk.press('Cancel');
      await walk.window.activate('preferences');
      await walk.window.find('frame', 'Preferences');
      await walk.seeAll('preferences');
      await walk.type({ 'TPS URL': 'ftp://pki.example.com/' });
      await walk.window.findPart('label', 'The address of the server is not valid');
      await walk.seeAll('preferences-wrong');
      await walk.window.end();
      await demo.end();
    });

    test('without encryption, and what an administrator has locked', async () => {
      demo = await Demo.start({ keyBits: 1024 });
      const settings = readFileSync(demo.settings, 'utf8');
      writeFileSync(demo.settings, settings.replaceAll('127.0.0.1', '0.0.0.0'));
      walk = await Walk.start(demo.environment, look);
      await format();
      await walk.window.find('dialog', 'Sign In Without Encryption?');
      await walk.see('plain-http');
      await walk.window.end();
      walk = await Walk.start(locked(demo), look);
      await walk.window.find('label', 'Blank');
      await walk.window.activate('preferences');
      await walk.window.find('frame', 'Preferences');
      await walk.seeAll('preferences-locked');
    });
  });

  describe('browsers', () => {
    let home: Home;
    let ca: Ca;

    beforeAll(async () => {
      home = new Home({ ...process.env, GSETTINGS_BACKEND: 'memory' });
      ca = await Ca.start();
    });
    afterEach(() => walk.window.end());
    afterAll(async () => {
      ca.close();
      await home.remove();
    });

    async function open(command?: readonly string[]): Promise<void> {
      walk = await Walk.start(home.environment, look, command);
      await walk.window.find('frame', 'Smart Card Manager');
      await walk.window.activate('browsers');
      await walk.window.find('frame', 'Use in Browsers and Mail');
    }

    test('none', async () => {
      await open();
      await walk.seeAll('browsers-none');
    });

    test('some, and a chain', async () => {
      home.listedProfile('.thunderbird', 'mail', 'Primary.1');
      home.listedProfile('.var/app/org.mozilla.firefox/.mozilla/firefox', 'default');
      home.database('.pki/nssdb');
      await open();
      await walk.seeAll('browsers');
      await walk.type({ 'Address of the CA Certificate Chain': ca.url('downloadBIN') });
      await walk.press('Show');
      await walk.window.find('push button', 'Trust');
      await walk.seeAll('browsers-chain');
      for (const purpose of ['Web Sites', 'Mail']) await walk.window.tick(purpose);
      await walk.press('Trust');
      await walk.window.findPart('dialog', 'Primary Password of ');
      await walk.see('primary-password');
    });

    test('by hand', async () => {
      await open(inSandbox(mkdtempSync(join(home.folder, 'sandbox-')), esc));
      await walk.window.find('list item', 'Firefox and Thunderbird');
      await walk.seeAll('browsers-by-hand');
    });
  });
});

/** An environment in which an administrator has locked what the preferences show. */
function locked(demo: Demo): NodeJS.ProcessEnv {
  const values = {
    'hide-format': 'true',
    'fallback-tps-url': "'https://pki.example.com:8443/tps/tps'",
    'global-phone-home-url': "'https://pki.example.com:8443/tps/phoneHome'",
    'connect-timeout': 'uint32 7',
    'plain-http-servers': "['old.example.com:80']",
  };
  return withLocked(demo.environment, join(demo.directory, 'dconf'), values);
}
