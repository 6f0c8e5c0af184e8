import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import type { Look } from '../support/window/driver.js';
import { Person } from '../support/window/person.js';
import { pictureFile } from '../support/window/pictures.js';

const cardPassword = 'Secret.12';

let demo: Demo;
let person: Person;
let lookName: string;

/** A window that is as large as its screen lets it be. */
async function open(look: Look, name: string): Promise<void> {
  const settings = readFileSync(demo.settings, 'utf8');
  writeFileSync(demo.settings, settings.replaceAll(/^window-.*\n/gm, ''));
  lookName = name;
  person = await Person.start(demo, look);
}

function picture(name: string): Promise<void> {
  return person.window.picture(pictureFile(`${name}-${lookName}`));
}

const looks: readonly (readonly [string, Look])[] = [
  ['light', {}],
  ['dark-narrow', { dark: true, width: 360, height: 720 }],
];

describe.each(looks)('a blank card, by clicks alone, %s', (name, look) => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024, pace: 15 });
    await open(look, name);
  });
  afterAll(async () => {
    await person.window.end();
    await demo.end();
  });

  test('is shown as blank, with the one thing to do next', async () => {
    await person.see('Blank');
    await person.see('New Card');
    await person.window.usable('push button', 'Enroll');
    expect((await person.window.find('push button', 'Reset Password')).states).not.toContain('sensitive');
    await picture('blank');
  });

  test('is formatted after a question that says what is lost', async () => {
    await person.press('Format');
    await person.see('Everything on the card is erased, its password too.');
    await picture('format-question-blank');
    await person.press('Format');
    await person.typeLogin();
    await picture('login');
    await person.press('Submit');
    await person.see('The card is formatted');
    await person.see('Ready to Enroll');
    await picture('formatted');
  });

  test('is enrolled', async () => {
    await person.press('Enroll');
    await person.typePassword(cardPassword, 'Secret.13');
    await person.see('The two are not the same.');
    expect((await person.window.find('push button', 'OK')).states).not.toContain('sensitive');
    await picture('password-differs');
    await person.typePassword(cardPassword);
    await picture('password');
    await person.press('OK');
    await person.logIn();
    await person.window.find('progress bar');
    await picture('busy');
    await person.see('The card is enrolled');
    await person.see('John Smith');
    await person.see('Enrolled');
    await picture('enrolled');
    await person.press('Format');
    await person.window.findPart('label', 'The card of John Smith loses 2 certificates');
    await picture('format-question');
    await person.press('Cancel');
  });

  test('gets a new password', async () => {
    await person.press('Reset Password');
    await person.choosePassword('Another.1');
    await person.logIn('wrong');
    // The server refused it: the dialog comes again, and only the password has to be typed again.
    await person.window.findPart('label', 'What you entered was not accepted. Try again.');
    await person.window.type('text', 'LDAP Password', demo.password);
    await picture('login-refused');
    await person.press('Submit');
    await person.see('The card has its new password');
  });

  test('goes when it is taken out', async () => {
    await demo.order('remove 1');
    await person.window.find('label', 'Insert Your Smart Card');
    await picture('no-card');
  });
});

describe('two cards', () => {
  beforeAll(async () => {
    demo = await Demo.start({ cards: 2, keyBits: 1024, pace: 20 });
  });
  afterEach(() => person.window.end());
  afterAll(() => demo.end());

  test.each([
    ['wide', { width: 900, height: 600 }],
    ['narrow', { width: 360, height: 640 }],
  ] as const)('are listed, %s', async (name, look) => {
    await open(look, name);
    await person.window.find('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 00');
    await person.window.find('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 01');
    await picture('several');
  });

  test('are worked on side by side', async () => {
    await open({ width: 900, height: 600 }, 'wide');
    await person.press('Enroll');
    await person.choosePassword(cardPassword);
    await person.logIn();
    await person.see('Loading the software onto the card…');
    await person.window.select('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 01');
    await person.format();
    await person.typeLogin();
    await person.window.findPart('label', 'New Card · Virtual Reader 1 00 01');
    await picture('side-by-side');
    await person.press('Submit');
    await person.window.find('list item', 'John Smith, Example Corp, Enrolled, in Virtual Reader 1 00 00');
    await person.window.find(
      'list item',
      'New Card, Example Corp, Ready to Enroll, in Virtual Reader 1 00 01',
    );
  });
});

test('a question about a card goes with it, and says which card it is where several are in', async () => {
  demo = await Demo.start({ cards: 2, keyBits: 1024 });
  await open({ width: 900, height: 600 }, 'wide');
  await person.window.select('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 01');
  await person.press('Format');
  await person.window.findPart('label', 'New Card · Virtual Reader 1 00 01');
  await picture('format-question-several');
  await demo.order('remove 2');
  await person.window.gone('dialog', 'Format This Card?');
  await person.press('Format');
  await person.see('Everything on the card is erased, its password too.');
  await person.window.end();
  await demo.end();
});

describe('an operation', () => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024, pace: 40 });
    await open({}, 'light');
  });
  afterAll(async () => {
    await person.window.end();
    await demo.end();
  });

  test('that is cancelled in the login dialog says nothing', async () => {
    await person.format();
    await person.typeLogin();
    await person.press('Cancel');
    await person.see('Blank');
    expect((await person.window.tree()).map(shown => shown.name)).not.toContain('Cancelled');
  });

  test('is cancelled by Cancel and leaves the way out', async () => {
    await person.format();
    await person.logIn();
    await person.see('Loading the software onto the card…');
    await person.press('Cancel');
    await person.see('Cancelled');
    await picture('cancelled');
    await person.window.usable('push button', 'Enroll');
  });

  test('that runs is asked about when the window is closed', async () => {
    await person.format();
    await person.logIn();
    await person.see('Loading the software onto the card…');
    await person.press('Close');
    await person.see('Formatting Is Not Finished');
    await picture('close-question');
    await person.press('Go On');
    await person.see('The card is formatted');
  });

  test('that ends while that is asked takes the question back, and the window shows how it ended', async () => {
    await person.format();
    await person.logIn();
    await person.see('Loading the software onto the card…');
    await person.press('Close');
    await person.see('Formatting Is Not Finished');
    await person.window.gone('dialog', 'Formatting Is Not Finished');
    await person.see('The card is formatted');
  });
});

test('an operation without a server that answers says what to do', async () => {
  demo = await Demo.start({ keyBits: 1024 });
  writeFileSync(demo.settings, "[io/github/escproject/Esc]\nfallback-tps-url='http://127.0.0.1:9/tps/tps'\n");
  await open({}, 'light');
  await person.format();
  await person.see('127.0.0.1:9 does not accept connections');
  await picture('failure');
  await person.window.usable('push button', 'Try Again');
  await person.window.end();
  await demo.end();
});
