/** The login dialog, built from whatever a server asks for. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { insertCard, type InsertedCard } from '../../demo/card/vpcd.js';
import type { TpsMessage } from '../../src/protocol/message.js';
import { encodeMessage } from '../../src/protocol/message-encoder.js';
import { esc } from '../support/demo/programs.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { removeFolder } from '../support/processes.js';
import { chunk, ClientSide, dogtagHead } from '../support/protocol/framing.js';
import { endOp, extendedLoginRequest, loginRequest } from '../support/protocol/scripted-tps.js';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

/** What the server says to each message of the client, in turn. */
const script: readonly TpsMessage[] = [
  { type: 'securid-request', pinRequired: true, nextValue: false },
  { type: 'securid-request', pinRequired: false, nextValue: true },
  { type: 'question-request', question: 'What is the name of your first pet?' },
  {
    ...extendedLoginRequest,
    title: 'Badge office',
    description: 'Who are you, and where?',
    parameters: [
      { id: 'ROOM', name: 'Room', description: 'Its number', kind: 'integer', option: '' },
      { id: 'NICK', name: 'Nickname', description: '', kind: 'string', option: '' },
      { id: 'SIGN', name: 'Star Sign', description: '', kind: 'constellation', option: '' },
      { id: 'CODE', name: '', description: '', kind: 'password', option: '' },
    ],
  },
  loginRequest,
  endOp(26),
];

const folder = mkdtempSync(join(tmpdir(), 'esc-login-'));
const pcscd = new PrivatePcscd();
const client = new ClientSide();
let server: Server;
let inserted: InsertedCard;
let window: DrivenWindow;

beforeAll(async () => {
  server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', bytes => {
      const before = client.messages.length;
      client.written(bytes).forEach((_message, i) => {
        if (before + i === 0) socket.write(dogtagHead);
        const next = script[before + i];
        if (next !== undefined) socket.write(chunk(encodeMessage(next)));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const settings = join(folder, 'glib-2.0/settings');
  mkdirSync(settings, { recursive: true });
  const url = `http://127.0.0.1:${port}/tps/tps`;
  writeFileSync(join(settings, 'keyfile'), `[io/github/escproject/Esc]\nfallback-tps-url='${url}'\n`);
  await pcscd.start('A Reader');
  inserted = await insertCard(new VirtualCard(), {
    port: pcscd.readers[0]?.port ?? 0,
    linkPath: 'build/demo/vpcd-link',
  });
  const environment = { ...process.env, ...pcscd.env, GSETTINGS_BACKEND: 'keyfile', XDG_CONFIG_HOME: folder };
  window = await DrivenWindow.start([esc], environment);
});
afterAll(async () => {
  await window.end();
  await inserted.remove();
  await pcscd.remove();
  server.close();
  await removeFolder(folder);
});

/** Types into the dialog, whose fields are these and no others, and sends it. */
async function fillIn(name: string, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const field of Object.keys(fields)) await window.find('text', field);
  const shown = (await window.tree()).filter(({ role }) => role === 'text').map(field => field.name);
  expect(shown).toEqual(Object.keys(fields));
  expect((await window.find('push button', 'Submit')).states).not.toContain('sensitive');
  for (const [field, text] of Object.entries(fields)) await window.type('text', field, text);
  await window.usable('push button', 'Submit');
  await window.picture(pictureFile(`login-${name}`));
  await window.press('push button', 'Submit');
}

test('SecurID, a question, numbers, kinds that are not known: each gets the fields that it needs', async () => {
  await window.press('push button', 'Format');
  await window.find('dialog', 'Format This Card?');
  await window.press('push button', 'Format');
  await fillIn('securid', { 'SecurID Token Value': '123456', 'SecurID PIN': '4711' });
  await window.gone('text', 'SecurID PIN');
  await fillIn('securid-next', { 'SecurID Token Value': '654321' });
  await fillIn('question', { 'What is the name of your first pet?': 'Rex & Co' });
  await window.findPart('label', 'Who are you, and where?');
  await window.type('text', 'Room', 'seven');
  await window.type('text', 'Nickname', 'jo');
  await window.type('text', 'Star Sign', 'x');
  await window.type('text', 'CODE', 'x');
  // That is no number.
  expect((await window.find('push button', 'Submit')).states).not.toContain('sensitive');
  for (const field of ['Room', 'Nickname', 'Star Sign', 'CODE']) await window.type('text', field, '');
  await fillIn('extended', { Room: '217', Nickname: 'jo', 'Star Sign': 'Löwe', CODE: 'geheim' });
  await window.gone('text', 'Room');
  await fillIn('plain', { 'User Name': 'jsmith', Password: 'secret' });
  await window.findPart('label', 'suspended');
  expect(client.messages.slice(1)).toEqual([
    { type: 'securid-response', value: '123456', pin: '4711' },
    { type: 'securid-response', value: '654321', pin: '' },
    { type: 'question-response', answer: 'Rex & Co' },
    {
      type: 'extended-login-response',
      answers: new Map([
        ['ROOM', '217'],
        ['NICK', 'jo'],
        ['SIGN', 'Löwe'],
        ['CODE', 'geheim'],
      ]),
    },
    { type: 'login-response', screenName: 'jsmith', password: 'secret' },
  ]);
});
