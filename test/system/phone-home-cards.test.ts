/** Phone Home for several cards, and for cards that do not stay. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl } from '../support/escctl/escctl.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

let demo: Demo;
let issuer: DocumentServer;
let window: DrivenWindow;
/** Of the two cards, in lower case. */
let cuids: readonly string[];

const cardsFolder = (): string => join(demo.directory, 'config/esc/cards');

/** All that is remembered of cards, as it is on disk. */
function remembered(): string {
  if (!existsSync(cardsFolder())) return '';
  return readdirSync(cardsFolder())
    .map(file => readFileSync(join(cardsFolder(), file), 'utf8'))
    .join('\n');
}

function set(globalUrl: string): void {
  const lines = ['ignore-card-phone-home-url=true', `global-phone-home-url='${globalUrl}'`];
  writeFileSync(demo.settings, `[io/github/escproject/Esc]\n${lines.join('\n')}\n`);
}

/** What is remembered of one of them. */
function rememberedOf(cuid: string): string {
  return (
    remembered()
      .split(/^(?=\[)/m)
      .find(part => part.startsWith(`[${cuid}]`)) ?? ''
  );
}

/** @param present the cards that are in */
async function startWithoutCards(present: readonly number[]): Promise<void> {
  for (const card of present) await demo.order(`remove ${card}`);
  window = await DrivenWindow.start([esc], demo.environment, { width: 900 });
  await window.find('label', 'Insert Your Smart Card');
}

const insertBoth = (): Promise<unknown> => Promise.all([demo.order('insert 1'), demo.order('insert 2')]);
const failures = (): string =>
  readdirSync(join(demo.directory, 'state/esc'))
    .map(file => readFileSync(join(demo.directory, 'state/esc', file), 'utf8'))
    .join('')
    .split('\n')
    .filter(line => line.includes('phone-home-failed'))
    .join('\n');

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024, cards: 2 });
  issuer = await DocumentServer.start({ Operation: demo.tps });
  const listed = await runEscctl(['list', '--json'], { environment: demo.environment });
  cuids = (listed.json() as { cuid: string }[]).map(({ cuid }) => cuid.toLowerCase());
});
afterEach(() => window.end());
afterAll(async () => {
  await issuer.end();
  await demo.end();
});

test('a card that is taken out while its document is on the way leaves nothing behind, and disturbs no other', async () => {
  set(`${issuer.origin}/silent`);
  await startWithoutCards([1, 2]);
  await insertBoth();
  await expect.poll(() => issuer.asked.length).toBe(2);
  for (const cuid of cuids) expect(issuer.asked).toContain(`/silent?cuid=${cuid}`);
  await demo.order('remove 1');
  // The connection of that one is given up at once; the other goes on waiting.
  await expect.poll(() => issuer.left.length).toBe(1);
  await window.findPart('label', 'Asking the issuer…');
  expect((await window.tree()).filter(({ role }) => role === 'dialog')).toEqual([]);
  expect(remembered()).not.toContain('url=');
  expect(failures()).toBe('');
});

test('two cards that are inserted at once are asked for each by its number, at the same address', async () => {
  const before = issuer.asked.length;
  set(issuer.url);
  await startWithoutCards([2]);
  await insertBoth();
  const rows = async (): Promise<number> =>
    (await window.tree()).filter(({ role, name }) => role === 'list item' && name.includes('Blue Corp'))
      .length;
  await expect.poll(rows).toBe(2);
  expect(issuer.asked.slice(before).sort()).toEqual(cuids.map(cuid => `/tps/phoneHome?cuid=${cuid}`).sort());
  for (const cuid of cuids) expect(remembered()).toContain(`[${cuid}]`);
  await window.picture(pictureFile('phone-home-two-cards'));
});

test('and each at the address that was set for it', async () => {
  const [first = '', second = ''] = cuids;
  set('');
  for (const file of readdirSync(cardsFolder())) writeFileSync(join(cardsFolder(), file), '');
  mkdirSync(cardsFolder(), { recursive: true });
  for (const [cuid, path] of [
    [first, '/tps/phoneHome'],
    [second, '/red/phoneHome'],
  ] as const) {
    const file = join(cardsFolder(), cuid.slice(-2));
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    writeFileSync(file, `${text}[${cuid}]\nown-url='${issuer.origin}${path}'\n`);
  }
  const before = issuer.asked.length;
  await startWithoutCards([1, 2]);
  await insertBoth();
  const row = (name: string): Promise<unknown> => window.findPart('list item', name);
  await row('Blue Corp');
  await row('Red Corp');
  expect(issuer.asked.slice(before).sort()).toEqual(
    [`/red/phoneHome?cuid=${second}`, `/tps/phoneHome?cuid=${first}`].sort(),
  );
});

test('one of them is forgotten by a click, and it alone', async () => {
  // As they are listed.
  const [first = '', second = ''] = [...cuids].sort();
  const kept = rememberedOf(second);
  for (const cuid of cuids) expect(rememberedOf(cuid)).toContain('issuer-name=');
  window = await DrivenWindow.start([esc], demo.environment, { width: 900 });
  await window.findPart('list item', 'Blue Corp');
  await window.activate('phone-home');
  await window.press('push button', 'Remembered Cards');
  await window.find('dialog', 'Remembered Cards');
  const shown = async (): Promise<string> =>
    (await window.tree()).map(({ role, name }) => (role === 'label' ? name : '')).join('\n');
  for (const cuid of cuids) await window.findPart('label', `${cuid.toUpperCase()}\n${issuer.origin}`);
  await window.picture(pictureFile('remembered-two-cards'));
  await window.press('push button', `Forget ${first.toUpperCase()}`);
  await expect.poll(shown).not.toContain(`${first.toUpperCase()}\n${issuer.origin}`);
  await window.findPart('label', `${second.toUpperCase()}\n${issuer.origin}`);
  await expect.poll(() => rememberedOf(first)).not.toContain('=');
  expect(rememberedOf(second)).toBe(kept);
});
