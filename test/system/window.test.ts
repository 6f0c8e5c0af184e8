import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const cardPassword = 'Secret.12';

/** What a person sees and does in the window of the demo. */
class Person {
  private constructor(
    private readonly demo: Demo,
    public readonly window: DrivenWindow,
    private readonly look: string,
  ) {}

  /** A window that is as large as its screen lets it be. */
  public static async start(demo: Demo, look: Look, name: string): Promise<Person> {
    const settings = readFileSync(demo.settings, 'utf8');
    writeFileSync(demo.settings, settings.replaceAll(/^window-.*\n/gm, ''));
    return new Person(demo, await DrivenWindow.start([esc], demo.environment, look), name);
  }

  public picture(name: string): Promise<void> {
    return this.window.picture(pictureFile(`${name}-${this.look}`));
  }

  public see(text: string): Promise<unknown> {
    return this.window.find('label', text);
  }

  public press(button: string): Promise<void> {
    return this.window.press('push button', button);
  }

  /** Presses Format and answers the question. */
  public async format(): Promise<void> {
    await this.press('Format');
    await this.window.find('dialog', 'Format This Card?');
    await this.press('Format');
  }

  public async choosePassword(password = cardPassword, again = password): Promise<void> {
    await this.window.find('text', 'New Card Password');
    await this.window.type('text', 'New Card Password', password);
    await this.window.type('text', 'The Same Again', again);
  }

  public async logIn(password = this.demo.password): Promise<void> {
    const server = this.demo.tps.split('/')[2] ?? '';
    await this.window.find('dialog', `Sign In to ${server}`);
    await this.window.type('text', 'LDAP User ID', this.demo.user);
    await this.window.type('text', 'LDAP Password', password);
  }
}

let demo: Demo;
let person: Person;

const looks: readonly (readonly [string, Look])[] = [
  ['light', {}],
  ['dark-narrow', { dark: true, width: 360, height: 720 }],
];

describe.each(looks)('a blank card, by clicks alone, %s', (name, look) => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024, pace: 15 });
    person = await Person.start(demo, look, name);
  });
  afterAll(async () => {
    await person.window.end();
    await demo.end();
  });

  test('is shown as blank, with the one thing to do next', async () => {
    await person.see('Blank');
    await person.see('New Card');
    expect((await person.window.find('push button', 'Enroll')).states).toContain('sensitive');
    expect((await person.window.find('push button', 'Reset Password')).states).not.toContain('sensitive');
    await person.picture('blank');
  });

  test('is formatted after a question that says what is lost', async () => {
    await person.press('Format');
    await person.see('Everything on the card is erased, its password too.');
    await person.picture('format-question');
    await person.press('Format');
    await person.logIn();
    await person.picture('login');
    await person.press('Submit');
    await person.see('The card is formatted');
    await person.see('Ready to Enroll');
    await person.picture('formatted');
  });

  test('is enrolled', async () => {
    await person.press('Enroll');
    await person.choosePassword(cardPassword, 'Secret.13');
    await person.see('The two are not the same.');
    expect((await person.window.find('push button', 'OK')).states).not.toContain('sensitive');
    await person.picture('password-differs');
    await person.choosePassword();
    await person.picture('password');
    await person.press('OK');
    await person.logIn();
    await person.press('Submit');
    await person.window.find('progress bar');
    await person.picture('busy');
    await person.see('The card is enrolled');
    await person.see('John Smith');
    await person.see('Enrolled');
    await person.picture('enrolled');
  });

  test('gets a new password', async () => {
    await person.press('Reset Password');
    await person.choosePassword('Another.1');
    await person.press('OK');
    await person.logIn('wrong');
    await person.press('Submit');
    // The server refused it: the dialog comes again, and only the password has to be typed again.
    await person.window.findPart('label', 'What you entered was not accepted. Try again.');
    await person.window.type('text', 'LDAP Password', demo.password);
    await person.picture('login-refused');
    await person.press('Submit');
    await person.see('The card has its new password');
  });

  test('goes when it is taken out', async () => {
    await demo.order('remove 1');
    await person.window.find('label', 'Insert Your Smart Card');
    await person.picture('no-card');
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
    person = await Person.start(demo, look, name);
    await person.window.find('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 00');
    await person.window.find('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 01');
    await person.picture('several');
  });

  test('are worked on side by side', async () => {
    person = await Person.start(demo, { width: 900, height: 600 }, 'wide');
    await person.press('Enroll');
    await person.choosePassword();
    await person.press('OK');
    await person.logIn();
    await person.press('Submit');
    await person.see('Loading the software onto the card…');
    await person.window.select('list item', 'New Card, Issuer unknown, Blank, in Virtual Reader 1 00 01');
    await person.format();
    await person.logIn();
    await person.picture('side-by-side');
    await person.press('Submit');
    await person.window.find('list item', 'John Smith, Example Corp, Enrolled, in Virtual Reader 1 00 00');
    await person.window.find(
      'list item',
      'New Card, Example Corp, Ready to Enroll, in Virtual Reader 1 00 01',
    );
  });
});

describe('an operation', () => {
  beforeAll(async () => {
    demo = await Demo.start({ keyBits: 1024, pace: 40 });
    person = await Person.start(demo, {}, 'light');
  });
  afterAll(async () => {
    await person.window.end();
    await demo.end();
  });

  test('that is cancelled in the login dialog says nothing', async () => {
    await person.format();
    await person.logIn();
    await person.press('Cancel');
    await person.see('Blank');
    expect((await person.window.tree()).map(shown => shown.name)).not.toContain('Cancelled.');
  });

  test('is cancelled by Cancel and leaves the way out', async () => {
    await person.format();
    await person.logIn();
    await person.press('Submit');
    await person.see('Loading the software onto the card…');
    await person.press('Cancel');
    await person.see('Cancelled.');
    await person.picture('cancelled');
    expect((await person.window.find('push button', 'Enroll')).states).toContain('sensitive');
  });

  test('that runs is asked about when the window is closed', async () => {
    await person.format();
    await person.logIn();
    await person.press('Submit');
    await person.see('Loading the software onto the card…');
    await person.press('Close');
    await person.see('Formatting Is Not Finished');
    await person.picture('close-question');
    await person.press('Go On');
    await person.see('The card is formatted');
  });
});

test('an operation without a server that answers says what to do', async () => {
  demo = await Demo.start({ keyBits: 1024 });
  writeFileSync(demo.settings, "[io/github/escproject/Esc]\nfallback-tps-url='http://127.0.0.1:9/tps/tps'\n");
  person = await Person.start(demo, {}, 'light');
  await person.format();
  await person.see('127.0.0.1:9 does not accept connections.');
  await person.picture('failure');
  expect((await person.window.find('push button', 'Try Again')).states).toContain('sensitive');
  await person.window.end();
  await demo.end();
});
