/** Keys, certificates and the card password in the window: on a virtual card, by clicks alone. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storedCertificate } from '../../demo/tps/combined-object.js';
import { ecCertificate } from '../support/card/certificates.js';
import { addObjects } from '../support/demo/card-file.js';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { DrivenWindow, withPortals, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const cardPassword = 'Secret.12';
const newPassword = 'Another.1';

let demo: Demo;
let window: DrivenWindow;

function open(look: Look = {}): Promise<DrivenWindow> {
  const environment = { ...demo.environment, ...withPortals, HOME: demo.directory, TZ: 'UTC' };
  return DrivenWindow.start([esc], environment, look);
}

const press = (name: string): Promise<void> => window.press('push button', name);
const see = (label: string): Promise<unknown> => window.find('label', label);
const seePart = (part: string): Promise<unknown> => window.findPart('label', part);

async function names(): Promise<readonly string[]> {
  return (await window.tree()).map(({ name }) => name);
}

describe('the first enrollment', () => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024, pace: 15, validDays: 730 });
    window = await open();
  });
  afterAll(async () => {
    await window.end();
    await demo.end();
  });

  test('says what will happen, shows where it is, and what can be done next', async () => {
    await see('Enrollment in Three Steps');
    for (const step of ['1: Choose a Card Password', '2: Sign In', '3: Leave the Card In'])
      await window.findPart('list item', `Step ${step}`);
    await window.picture(pictureFile('guide-light'));
    await press('Enroll');
    await window.find('text', 'New Card Password');
    await window.type('text', 'New Card Password', cardPassword);
    await window.type('text', 'The Same Again', cardPassword);
    await press('OK');
    await window.find('text', 'LDAP User ID');
    await window.type('text', 'LDAP User ID', demo.user);
    await window.type('text', 'LDAP Password', demo.password);
    await press('Submit');
    await window.findPart('list item', 'Step 1, done: ');
    await window.findPart('list item', 'Step 2, done: ');
    await window.findPart('list item', 'Step 3, now: ');
    await window.picture(pictureFile('guide-busy-light'));
    await see('The card is enrolled');
    await window.gone('label', 'Enrollment in Three Steps');
    await window.picture(pictureFile('guide-done-light'));
  });

  test('goes on to the test of the card', async () => {
    await press('Test the Card');
    await window.find('dialog', 'Test This Card');
    await see('127 attempts left.');
    await window.type('text', 'Card Password', cardPassword);
    await press('Test');
    await see('The card works');
    await seePart('signing key for jsmith: signs correctly');
    await seePart('encryption key for jsmith: decrypts correctly');
    await window.picture(pictureFile('card-tested-light'));
  });
});

const looks: readonly (readonly [string, Look])[] = [
  ['light', {}],
  ['dark-narrow', { dark: true, width: 360, height: 720 }],
];

describe('an enrolled card of few attempts', () => {
  beforeAll(async () => {
    demo = await Demo.start({ pinTries: 4 });
    await enrollCard(demo, { pin: cardPassword });
  });
  afterAll(() => demo.end());

  describe.each(looks)('%s', (name, look) => {
    beforeAll(async () => {
      window = await open(look);
    });
    afterAll(() => window.end());
    const picture = (what: string): Promise<void> => window.picture(pictureFile(`${what}-${name}`));

    test('lists its certificates with use and time left', async () => {
      for (const [label, use] of [
        ['signing key for jsmith', 'Signing'],
        ['encryption key for jsmith', 'Encryption'],
      ] as const) {
        await window.find('list item', label);
        await seePart(`${use}, until `);
      }
      await seePart('(23 months left)');
      await picture('certificates');
    });

    test('shows everything about one', async () => {
      await press('View signing key for jsmith');
      await window.find('dialog', 'signing key for jsmith');
      const shown = async (): Promise<string> => (await names()).join('\n');
      for (const text of [
        'RSA, 2048 bits',
        'sha256WithRSAEncryption',
        'digitalSignature, nonRepudiation',
        'keyUsage (critical)',
        'cA: FALSE',
        'rfc822Name: ',
        'Its certificate is not on the card',
        'Copy Serial Number',
        'Copy SHA-256',
      ])
        await expect.poll(shown).toContain(text);
      await picture('certificate');
    });

    test('copies, and closes', async () => {
      await press('Copy PEM');
      await expect
        .poll(() => window.clipboard())
        .toMatch(/^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*$/);
      await press('Close');
      await window.gone('dialog', 'signing key for jsmith');
    });
  });

  test('tells the days as the language of the session writes them', async () => {
    const locales = mkdtempSync(join(demo.directory, 'locales-'));
    execFileSync('localedef', ['-i', 'de_DE', '-f', 'UTF-8', join(locales, 'de_DE.UTF-8')]);
    const german = { LOCPATH: locales, LC_ALL: 'de_DE.UTF-8', LANGUAGE: '' };
    window = await DrivenWindow.start([esc], { ...demo.environment, ...german });
    await window.find('list item', 'signing key for jsmith');
    await expect.poll(names).toContainEqual(expect.stringMatching(/\b\d{2}\.\d{2}\.\d{4}\b/));
    await window.picture(pictureFile('certificates-german'));
    await window.end();
  });

  describe('a certificate is saved where the desktop’s file chooser says', () => {
    const inFolder = (name: string): string => join(demo.directory, name);
    beforeAll(async () => {
      window = await open();
      await press('View signing key for jsmith');
      await window.find('dialog', 'signing key for jsmith');
    });
    afterAll(() => window.end());

    test.each([
      ['Save PEM…', 'signing.pem', /^-----BEGIN CERTIFICATE-----\n/],
      ['Save DER…', 'signing.cer', /^\x30\x82/],
    ])('%s', async (button, name, start) => {
      await window.answerFileChooser(inFolder(name));
      await press(button);
      await see(`Saved as ${name}`);
      const written = readFileSync(inFolder(name));
      expect(written.toString('latin1')).toMatch(start);
      expect(new X509Certificate(written).subject).toContain('CN=John Smith');
      const [title, proposed] = (await window.filesAsked()).at(-1) ?? [];
      expect(title).toBe('Save the Certificate');
      expect(proposed).toBe(`signing-key-for-jsmith.${name.slice(-3)}`);
    });

    test('not in a folder that cannot be written to, which is said', async () => {
      await window.answerFileChooser('/sys/signing.pem');
      await press('Save PEM…');
      await see('The File Cannot Be Written');
      await seePart('/sys/');
      await window.picture(pictureFile('certificate-not-saved'));
      await press('OK');
      await window.find('dialog', 'signing key for jsmith');
    });

    test('and nowhere after Cancel', async () => {
      const before = readdirSync(demo.directory);
      await window.answerFileChooser(null);
      await press('Save DER…');
      await window.filesAsked(4);
      await window.answerFileChooser(inFolder('after-cancel.cer'));
      await press('Save DER…');
      await see('Saved as after-cancel.cer');
      expect(await window.filesAsked()).toHaveLength(5);
      expect(readdirSync(demo.directory).sort()).toEqual([...before, 'after-cancel.cer'].sort());
    });
  });

  describe('the password', () => {
    beforeAll(async () => {
      window = await open();
    });
    afterAll(() => window.end());

    test('is changed on the card alone', async () => {
      await press('Change Password');
      await window.find('dialog', 'Change the Card Password');
      await see('4 attempts left.');
      expect((await window.find('push button', 'Continue')).states).not.toContain('sensitive');
      await window.type('text', 'Present Card Password', cardPassword);
      await press('Continue');
      await window.find('text', 'New Card Password');
      await window.type('text', 'New Card Password', 'abc');
      await see('4 to 16 characters.');
      await window.type('text', 'New Card Password', newPassword);
      await window.type('text', 'The Same Again', newPassword);
      await window.picture(pictureFile('change-password-light'));
      await press('OK');
      await see('The card has its new password');
      expect(demo.log('tps.log').match(/begin-op/g)).toHaveLength(2);
    });

    test('that is wrong costs an attempt and is asked again, with a warning before the last ones', async () => {
      await press('Test Card');
      await see('4 attempts left.');
      for (const left of ['3 attempts left.', '2 attempts left.']) {
        await window.type('text', 'Card Password', cardPassword);
        await press('Test');
        await see(left);
      }
      await window.findPart('label', 'The card password was wrong. Try again.');
      await window.type('text', 'Card Password', cardPassword);
      await press('Test');
      await seePart('This is the last attempt');
      await window.picture(pictureFile('last-attempt-light'));
      await press('Cancel');
      await see('The card password was wrong');
      // Whoever comes back later is warned before typing, too.
      await press('Change Password');
      await seePart('This is the last attempt');
      await press('Cancel');
      await window.gone('dialog', 'Change the Card Password');
      await press('Test Card');
      await window.type('text', 'Card Password', cardPassword);
      await press('Test');
      await see('The card password is blocked: it was wrong too many times');
      await window.picture(pictureFile('blocked-light'));
    });

    test('that is blocked is not asked for, and can be reset from there', async () => {
      const blocked = 'The card password is blocked: it was wrong too many times';
      await press('Dismiss');
      await window.gone('label', blocked);
      await press('Test Card');
      await see(blocked);
      expect(await names()).not.toContain('Test This Card');
      await press('Reset Password');
      await window.find('text', 'New Card Password');
      await window.type('text', 'New Card Password', cardPassword);
      await window.type('text', 'The Same Again', cardPassword);
      await press('OK');
      await window.find('text', 'LDAP User ID');
      await window.type('text', 'LDAP User ID', demo.user);
      await window.type('text', 'LDAP Password', demo.password);
      await press('Submit');
      await see('The card has its new password');
      await press('Test Card');
      await see('4 attempts left.');
      await press('Cancel');
    });

    test('is asked for no longer when the card is pulled', async () => {
      await press('Test Card');
      await window.find('dialog', 'Test This Card');
      await demo.order('remove 1');
      await window.gone('dialog', 'Test This Card');
      await see('The card was taken out');
      await press('OK');
      await demo.order('insert 1');
      await see('Enrolled');
    });
  });

  test('no log has a password', () => {
    for (const file of readdirSync(demo.directory).filter(name => name.endsWith('.log')))
      for (const secret of [cardPassword, newPassword]) expect(demo.log(file)).not.toContain(secret);
  });
});

describe.each([
  ['soon', 20, 'Expires Soon', 'ends in 19 days, on ', '19 days left'],
  ['ended', 0, 'Expired', 'ended on ', 'ended within the last day'],
])('certificates that end: %s', (name, validDays, status, advice, left) => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024, validDays });
    await enrollCard(demo, { pin: cardPassword });
    window = await open();
  });
  afterAll(async () => {
    await window.end();
    await demo.end();
  });

  test('are told on the page and in the rows, with the action that helps', async () => {
    await see(status);
    await seePart(`The certificate “signing key for jsmith” ${advice}`);
    await seePart('Enroll the card again to renew it.');
    await seePart(`(${left})`);
    await window.picture(pictureFile(`certificates-end-${name}`));
    await press('Renew Certificates');
    await window.find('text', 'New Card Password');
    await press('Cancel');
    await window.gone('text', 'New Card Password');
  });

  test('are renewed by it, and the page shows the new ones', async () => {
    const serialNumbers = async (): Promise<string[]> => {
      const listed = await runEscctl(['certificates', '--json'], { environment: demo.environment });
      return (listed.json() as { serialNumber: string }[]).map(({ serialNumber }) => serialNumber);
    };
    const before = await serialNumbers();
    await press('Renew Certificates');
    await window.type('text', 'New Card Password', cardPassword);
    await window.type('text', 'The Same Again', cardPassword);
    await press('OK');
    await window.type('text', 'LDAP User ID', demo.user);
    await window.type('text', 'LDAP Password', demo.password);
    await press('Submit');
    await see('The card is enrolled');
    const [signing = '', encryption] = await serialNumbers();
    expect(before).not.toContain(signing);
    expect(before).not.toContain(encryption);
    await press('View signing key for jsmith');
    await see(signing);
  });
});

describe('a certificate with an EC key', () => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024 });
    await enrollCard(demo, { pin: cardPassword });
    const [ckaKeyType, ckkEc] = [0x100, 3];
    const objects = storedCertificate(3, 'signing', 'EC key', ecCertificate).map(object =>
      object.attributes.has(ckaKeyType) ? { ...object, attributes: new Map([[ckaKeyType, ckkEc]]) } : object,
    );
    await addObjects(demo, 1, objects);
    window = await open({ dark: true, width: 360, height: 720 });
  });
  afterAll(async () => {
    await window.end();
    await demo.end();
  });

  test('has its row on the page of the card', async () => {
    for (const label of ['signing key for jsmith', 'encryption key for jsmith', 'EC key'])
      await window.find('list item', label);
    const uses = (await window.tree())
      .filter(({ role, name }) => role === 'label' && name.includes(', until '))
      .map(({ name }) => name.split(',')[0]);
    expect(uses).toEqual(['Signing', 'Encryption', 'Signing']);
  });

  test('is shown with curve, signature algorithm and the number of its key', async () => {
    const { fingerprint256, serialNumber } = new X509Certificate(ecCertificate);
    await press('View EC key');
    await window.find('dialog', 'EC key');
    for (const [fact, value] of [
      ['Type and Size', 'Elliptic curve P-256'],
      ['Signature Algorithm', 'ecdsa-with-SHA256'],
      ['Use', 'Signing'],
      ['Number on the Card', '6'],
      ['Key Usage', 'digitalSignature, nonRepudiation'],
      ['Serial Number', serialNumber],
      ['SHA-256', fingerprint256],
    ] as const) {
      await see(fact);
      await see(value);
    }
    await window.picture(pictureFile('certificate-ec'));
    await press('Close');
    await window.gone('dialog', 'EC key');
  });

  test('is said not to be testable, while the others work', async () => {
    await press('Test Card');
    await window.type('text', 'Card Password', cardPassword);
    await press('Test');
    await seePart('signing key for jsmith: signs correctly');
    await seePart('EC key: not tested, since such cards can be tested with RSA keys only');
    await window.picture(pictureFile('card-tested-ec'));
  });
});
