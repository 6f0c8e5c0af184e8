/** The window for those who use the keyboard alone, or a screen reader, or large text. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';
import { reach, tabbed, usable } from '../support/window/keyboard.js';

const cardPassword = 'secret12';
/** What GTK draws around a window where nothing composites, in pixels. */
const frame = 10;

let demo: Demo;
let window: DrivenWindow;

async function open(look: Look = {}): Promise<void> {
  window = await DrivenWindow.start([esc], demo.environment, look);
  await window.find('push button', 'Enroll');
}

async function hasFocus(role: string, name: string): Promise<void> {
  await expect.poll(() => window.focused()).toMatchObject({ role, name });
}

async function reachesAll(before: readonly string[]): Promise<void> {
  const { wanted, missed } = await reach(window, before);
  expect(wanted).not.toEqual([]);
  expect(missed).toEqual([]);
}

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024, pace: 15 });
});
afterEach(() => window.end());
afterAll(() => demo.end());

describe('by the keyboard alone', () => {
  test('Tab reaches every control of the window', async () => {
    await open();
    const reached = await tabbed(window);
    for (const name of [
      'Main Menu',
      'Enroll',
      'Phone Home',
      'Format',
      'Copy Card Number (CUID)',
      'Copy Reader',
    ])
      expect(reached).toContain(`push button ${name}`);
  });

  test.each<[action: string, role: string, title: string, page?: string]>([
    ['preferences', 'frame', 'Preferences'],
    ['browsers', 'frame', 'Use in Browsers and Mail'],
    ['phone-home', 'dialog', 'Phone Home'],
    ['diagnostics', 'frame', 'Diagnostics', 'Information'],
    ['diagnostics', 'frame', 'Diagnostics', 'Log'],
    ['diagnostics', 'frame', 'Diagnostics', 'Check-Up'],
  ])(
    'Tab reaches every control of the window that %s opens: %s “%s” %s',
    async (action, role, title, page) => {
      await open();
      const before = await usable(window);
      await window.activate(action);
      await window.find(role, title);
      if (page !== undefined) {
        await window.press('page tab', page);
        if (page !== 'Information') await window.gone('push button', 'Copy All');
        // Tab would go through all that has happened.
        if (page === 'Log') await window.type('entry', 'Search the Log', 'nothing is like this');
      }
      await window.key('Tab');
      if (action === 'browsers') {
        await window.focusOn('By Hand');
        await window.key('space');
      }
      await reachesAll(before);
    },
  );

  test('arrows lead from one page of Diagnostics to the next', async () => {
    await open();
    await window.activate('diagnostics');
    await window.find('frame', 'Diagnostics');
    await window.key('Tab');
    await window.focusOn('Information');
    await window.key('Right');
    await hasFocus('page tab', 'Log');
    await window.key('space');
    await window.find('push button', 'Copy Log');
  });

  test('cards that come and go are said, and the focus is somewhere', async () => {
    await open();
    await window.focusOn('Enroll');
    await window.listen();
    await demo.order('remove 1');
    await window.hear('Smart Card Removed', 'Main Menu');
    await hasFocus('push button', 'Main Menu');
    await demo.order('insert 1');
    await window.hear('Smart Card Inserted: Blank, Virtual Reader 1 00 00', 'Main Menu');
    // GTK tells of the widgets that go.
    expect(window.output).not.toContain('CRITICAL');
  });

  // AT-SPI does not tell of an entry of GTK 4.8 that it has the focus: what is typed tells.
  test('each question has the focus where one types, and work and its end are said', async () => {
    await open();
    await window.listen();
    await window.focusOn('Enroll');
    await window.key('space');
    await window.find('text', 'New Card Password');
    await window.key(...Array.from(cardPassword));
    await window.find('label', 'Enter the same password again.');
    await window.hear('Enter the same password again.');
    await window.type('text', 'The Same Again', cardPassword);
    await window.key('Return');
    await window.find('text', 'LDAP User ID');
    await window.key(...Array.from(demo.user));
    await window.type('text', 'LDAP Password', demo.password);
    await window.press('push button', 'Submit');
    await window.hear('Loading the software onto the card…');
    await hasFocus('push button', 'Cancel');
    await window.hear('Making the keys…');
    await window.find('label', 'The card is enrolled');
    await hasFocus('push button', 'Use It in Firefox…');
    // What is said of a group is said when the focus comes into it.
    await window.find(
      'panel',
      'The card is enrolled. It can be used now, with the card password that you chose.',
    );
  });

  test('that something was copied is said, each time', async () => {
    await open();
    await window.focusOn('Copy Card Number (CUID)');
    for (let time = 0; time < 2; time += 1) {
      await window.listen();
      await window.key('space');
      await window.hear('Copied');
    }
  });

  test('a question has the focus when it opens, and gives it back', async () => {
    await open();
    await window.press('push button', 'Test Card');
    await window.find('dialog', 'Test This Card');
    await window.key(...Array.from(cardPassword));
    await window.usable('push button', 'Test');
    await window.key('Escape');
    await window.gone('dialog', 'Test This Card');
    await window.gone('progress bar');
    await expect.poll(() => window.focused()).toMatchObject({ role: 'push button' });
  });
});

describe('Tab reaches every control of what an enrolled card leads to:', () => {
  beforeAll(() => enrollCard(demo, { pin: cardPassword }));

  test.each<[opening: string, role: string, title: string]>([
    ['Enroll', 'text', 'New Card Password'],
    ['Test Card', 'dialog', 'Test This Card'],
    ['Change Password', 'dialog', 'Change the Card Password'],
    ['Reset Password', 'text', 'New Card Password'],
    ['Format', 'dialog', 'Format This Card?'],
    ['View signing key for jsmith', 'dialog', 'signing key for jsmith'],
  ])('%s', async (opening, role, title) => {
    await open();
    await window.find('push button', opening);
    const before = await usable(window);
    await window.press('push button', opening);
    await window.find(role, title);
    await reachesAll(before);
  });

  test('the login', async () => {
    await open();
    await window.press('push button', 'Enroll');
    await window.find('text', 'New Card Password');
    const before = await usable(window);
    await window.type('text', 'New Card Password', cardPassword);
    await window.type('text', 'The Same Again', cardPassword);
    await window.press('push button', 'OK');
    await window.type('text', 'LDAP User ID', demo.user);
    await window.type('text', 'LDAP Password', demo.password);
    await window.usable('push button', 'Submit');
    await reachesAll(before);
  });
});

describe.each<[string, Look]>([
  ['usual text', {}],
  ['large text', { textScale: 1.5 }],
])('360 pixels are enough for %s:', (_name, look) => {
  test.each<[string, string, string]>([
    ['preferences', 'frame', 'Preferences'],
    ['diagnostics', 'frame', 'Diagnostics'],
    ['browsers', 'frame', 'Use in Browsers and Mail'],
    ['phone-home', 'dialog', 'Phone Home'],
    ['show-shortcuts', 'frame', 'Keyboard Shortcuts'],
    ['about', 'frame', 'About'],
  ])('%s', async (action, role, title) => {
    await open({ ...look, width: 360, height: 720 });
    await window.activate(action);
    await window.find(role, title);
    for (const { least_width } of await window.sizes()) expect(least_width).toBeLessThanOrEqual(360 + frame);
  });
});
