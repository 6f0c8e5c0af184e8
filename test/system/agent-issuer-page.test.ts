import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desktop } from '../support/agent/desktop.js';
import { Demo } from '../support/demo/demo.js';
import { enrollCard } from '../support/demo/enrollment.js';
import { esc, escctl } from '../support/demo/programs.js';
import { eventually } from '../support/pcsc/waiting.js';
import { installBrowser } from '../support/phone-home/browser.js';
import { DocumentServer } from '../support/phone-home/document-server.js';

const run = promisify(execFile);
const agentName = 'io.github.escproject.Esc.Agent';
const page = 'http://127.0.0.1:9/welcome';
const question = 'Open the Issuer’s Page?';

let demo: Demo;
let desktop: Desktop;
let issuer: DocumentServer;
let opened: () => readonly string[];

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  issuer = await DocumentServer.start({ Operation: demo.tps, EnrolledTokenBrowserURL: page });
  desktop = await Desktop.start(demo.environment, 'notifications');
  opened = installBrowser(demo.directory, desktop.environment);
  set({});
  await enrollCard(demo, { environment: desktop.environment });
  // Remembers what its document says.
  await run(escctl, ['phone-home', 'set', issuer.url], { env: desktop.environment });
});
afterAll(async () => {
  await desktop.end();
  await issuer.end();
  await demo.end();
});

function set(more: Readonly<Record<string, string>>): void {
  const settings = {
    'ignore-card-phone-home-url': 'true',
    'global-phone-home-url': `'${issuer.url}'`,
    'fallback-tps-url': `'${demo.tps}'`,
    ...more,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  writeFileSync(demo.settings, `[io/github/escproject/Esc]\n${lines.join('\n')}\n`);
}

function filesOfCards(): readonly string[] {
  const folder = join(demo.directory, 'config/esc/cards');
  // Those that begin with a dot are written just now, and get their name when they are whole.
  const names = readdirSync(folder).filter(name => !name.startsWith('.'));
  return names.map(name => join(folder, name));
}

function logged(): string {
  return readFileSync(join(desktop.environment.XDG_STATE_HOME ?? '', 'esc/events.jsonl'), 'utf8');
}

/** As the window writes what the user has answered. */
function choose(choice: 'ask' | 'open' | 'never'): void {
  for (const file of filesOfCards()) {
    const text = readFileSync(file, 'utf8').replace(/^issuer-page=.*\n/gm, '');
    writeFileSync(file, text.replace(/^\[[0-9a-f]{20}\]\n/m, `$&issuer-page='${choice}'\n`));
  }
}

/** Starts the agent without a card. One that runs sees other settings only a little later. */
async function startAgent(): Promise<void> {
  await demo.order('remove 1');
  await desktop.play('host');
  await run(esc, ['--background'], { env: desktop.environment });
  await eventually(async () => (await desktop.tray()).text === 'No smart card');
}

async function endAgent(): Promise<void> {
  const agent = await desktop.owner(agentName);
  if (agent !== null) process.kill(agent);
  await eventually(async () => (await desktop.owner(agentName)) === null);
  // It forgets the icon that has gone.
  await desktop.stop('host');
}

async function insert(): Promise<void> {
  const insertions = async (): Promise<number> =>
    (await desktop.told()).filter(({ summary }) => summary === 'Smart Card Inserted').length;
  const before = await insertions();
  await demo.order('insert 1');
  await eventually(async () => (await insertions()) > before);
}

async function remove(): Promise<void> {
  await demo.order('remove 1');
  await eventually(async () => (await desktop.tray()).text === 'No smart card');
}

/** Whether it asks whether the page may open. */
async function asks(): Promise<boolean> {
  return (await desktop.shown()).some(({ summary }) => summary === question);
}

test.each([
  ['whose page the user does not want', 'never', {}],
  ['where no pages may open', 'open', { 'open-issuer-page': 'false' }],
] as const)('the agent opens no page for a card %s', async (_name, choice, settings) => {
  set(settings);
  choose(choice);
  await startAgent();
  await insert();
  expect(await asks()).toBe(false);
  await endAgent();
  expect(opened()).toEqual([]);
});

test('the agent leaves the page to a window that runs', async () => {
  set({});
  choose('open');
  await desktop.play('window');
  await startAgent();
  await insert();
  await desktop.stop('window');
  expect(opened()).toEqual([]);
});

test('the agent opens the page once for each insertion, and fetches nothing', async () => {
  const asked = issuer.asked.length;
  await remove();
  await insert();
  await eventually(() => opened().length > 0);
  await remove();
  await insert();
  await eventually(() => opened().length > 1);
  expect(opened()).toEqual([page, page]);
  expect(issuer.asked).toHaveLength(asked);
});

test('a card that names another issuer by now opens no page of the one before', async () => {
  await endAgent();
  set({ 'global-phone-home-url': `'${issuer.origin}/missing'` });
  await startAgent();
  const asked = issuer.asked.length;
  await insert();
  await eventually(() => issuer.asked.length > asked);
  await eventually(() => logged().includes('phone-home-failed'));
  // What was known of it is kept.
  await eventually(async () => (await desktop.tray()).text === 'Blue Corp: Enrolled');
  expect(opened()).toEqual([page, page]);
});

test('the agent alone asks Phone Home for a card of which nothing is remembered, and whether its page may open', async () => {
  await endAgent();
  set({});
  await run(escctl, ['phone-home', 'clear', '--all'], { env: desktop.environment });
  await startAgent();
  const asked = issuer.asked.length;
  await insert();
  await eventually(async () => (await desktop.tray()).text === 'Blue Corp: Enrolled');
  expect(issuer.asked).toHaveLength(asked + 1);
  await eventually(asks);
  expect((await desktop.shown()).find(({ summary }) => summary === question)?.body).toBe(
    `Blue Corp has a page for this card: ${page}`,
  );
  await remove();
  await eventually(async () => !(await asks()));
  expect(opened()).toEqual([page, page]);
});

test('what is answered holds from then on', async () => {
  const choices = (): string =>
    filesOfCards()
      .map(file => readFileSync(file, 'utf8'))
      .join('');
  await insert();
  await eventually(asks);
  await desktop.clickNotice(question, 'Open');
  await eventually(() => opened().length === 3);
  expect(choices()).toContain("issuer-page='open'");
  await remove();
  await insert();
  await eventually(() => opened().length === 4);
  expect(await asks()).toBe(false);
  choose('ask');
  await remove();
  await insert();
  await eventually(asks);
  await desktop.clickNotice(question, 'Never for This Card');
  await eventually(() => choices().includes("issuer-page='never'"));
  expect(opened()).toEqual([page, page, page, page]);
});

test('an agent that starts while the card is in opens nothing', async () => {
  choose('open');
  await endAgent();
  await desktop.play('host');
  await run(esc, ['--background'], { env: desktop.environment });
  await eventually(async () => /Enrolled$/.test((await desktop.tray()).text));
  await endAgent();
  expect(opened()).toHaveLength(4);
});
