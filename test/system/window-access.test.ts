/** The window for those who use the keyboard alone, or a screen reader, or large text. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { DrivenWindow, type Look } from '../support/window/driver.js';

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

/**
 * What a person works with, besides entries, of which AT-SPI does not tell that they have the focus with GTK 4.8, and the
 * tabs of pages, between which one goes by arrows.
 */
const controls = new Set(['check box', 'combo box', 'link', 'push button', 'toggle button']);

/** The controls of all windows that a person could use, as role and name. */
async function usable(): Promise<readonly string[]> {
  return (await window.tree())
    .filter(
      ({ role, states }) =>
        controls.has(role) && states.includes('focusable') && states.includes('sensitive'),
    )
    .map(({ role, name }) => `${role} ${name}`);
}

/** What Tab reaches, as role and name. */
async function tabbed(): Promise<readonly string[]> {
  return (await window.tabbed()).map(({ role, name }) => `${role} ${name}`);
}

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024, pace: 15 });
});
afterEach(() => window.end());
afterAll(() => demo.end());

describe('by the keyboard alone', () => {
  test('Tab reaches every control of the window', async () => {
    await open();
    const reached = await tabbed();
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
      const before = await usable();
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
      const wanted = (await usable()).filter(control => !before.includes(control));
      expect(wanted).not.toEqual([]);
      const reached = await tabbed();
      expect(wanted.filter(control => !reached.includes(control))).toEqual([]);
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
    // GTK 4.8 adds the name of what has the focus.
    await window.hear('Smart Card Removed Main Menu');
    await hasFocus('push button', 'Main Menu');
    await demo.order('insert 1');
    await window.hear('Smart Card Inserted: Blank, Virtual Reader 1 00 00 Main Menu');
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
