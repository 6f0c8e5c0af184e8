/** Every page and window in one process: what one of them leaves behind must not keep another from opening. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc } from '../support/demo/programs.js';
import { DrivenWindow } from '../support/window/driver.js';

/** What each page shows once it is open. */
const pages: Readonly<Record<string, readonly [role: string, title: string]>> = {
  'show-cards': ['label', 'John Smith'],
  'phone-home': ['dialog', 'Phone Home'],
  browsers: ['frame', 'Use in Browsers and Mail'],
  diagnostics: ['frame', 'Diagnostics'],
  preferences: ['frame', 'Preferences'],
};
const others: readonly (readonly [action: string, title: string])[] = [
  ['show-shortcuts', 'Keyboard Shortcuts'],
  ['about', 'About'],
];

/** What newer GJS says of properties that newer libraries would do without is none. */
const complaint = /CRITICAL|JS ERROR|already registered|(?<!Gjs-)WARNING/;

let demo: Demo;
let window: DrivenWindow;

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  await enrollCard(demo);
  window = await DrivenWindow.start([esc], demo.environment);
  await window.find('label', 'John Smith');
});
afterAll(async () => {
  await window.end();
  await demo.end();
});

/** Modal ones are closed before the next. */
async function closeDialog(title: string): Promise<void> {
  await window.key('Escape');
  await window.gone('dialog', title);
}

test('these are all of the pages', () => {
  const { stderr } = spawnSync(esc, ['--page=nonsense'], { env: demo.environment, encoding: 'utf8' });
  expect(stderr.trim()).toBe(`There is no page “nonsense”; there are: ${Object.keys(pages).join(', ')}`);
});

test('every page opens, in one order and in the other', async () => {
  const names = Object.keys(pages);
  for (const name of [...names, ...names.reverse()]) {
    const [role, title] = pages[name] ?? ['', ''];
    await window.activate(name);
    await window.find(role, title);
    if (role === 'dialog') await closeDialog(title);
  }
  for (const [action, title] of others) {
    await window.activate(action);
    await window.find('frame', title);
  }
  const shown = (await window.tree()).map(({ role, name }) => `${role} ${name}`);
  for (const [role, title] of Object.values(pages))
    if (role === 'frame') expect(shown).toContain(`frame ${title}`);
  expect(window.output).not.toMatch(complaint);
});

test('the window is closed while all of them are open, and nothing complains', async () => {
  await window.activate('quit');
  expect(await window.over()).toBe(0);
  expect(window.output).not.toMatch(complaint);
});
