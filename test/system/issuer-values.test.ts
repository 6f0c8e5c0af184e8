/** What Phone Home and the settings say goes to the server: looked at by one that reads and says nothing. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { runEscctl, type Report } from '../support/escctl/escctl.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { DrivenWindow } from '../support/window/driver.js';

let demo: Demo;
let server: Server;
let operationUrl: string;
let received = '';
let hangsUp = false;
const connections: Socket[] = [];

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  server = createServer(connection => {
    connections.push(connection.on('error', () => undefined));
    connection.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      if (hangsUp && text.includes('msg_type=2')) connection.destroy();
    });
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  operationUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tps/elsewhere`;
});
afterAll(async () => {
  for (const connection of connections) connection.destroy();
  server.close();
  await demo.end();
});
beforeEach(() => {
  received = '';
});

/** Formats the blank card with what an issuer names. */
async function format(services: Readonly<Record<string, string>>, ...settings: string[]): Promise<Report> {
  const issuer = await DocumentServer.start(services);
  const lines = [`global-phone-home-url='${issuer.url}'`, ...settings];
  writeFileSync(demo.settings, ['[io/github/escproject/Esc]', ...lines, ''].join('\n'));
  const result = await runEscctl(['format', '--json', '--user', 'jsmith', '--password-file=-'], {
    environment: demo.environment,
    input: 'secret\n',
  });
  await issuer.end();
  return result.report();
}

test('are Operation and TokenType; and who says nothing for as long as is set is given up', async () => {
  const begin = performance.now();
  const services = { Operation: operationUrl, TokenType: 'cleverKey' };
  expect((await format(services, 'message-timeout=uint32 5')).code).toBe('server-silent');
  expect(performance.now() - begin).toBeGreaterThan(5000);
  expect(performance.now() - begin).toBeLessThan(30_000);
  expect(received).toMatch(/^POST \/tps\/elsewhere HTTP\/1\.1\r\n/);
  expect(received).toContain('operation=5&extensions=tokenType%3DcleverKey%26');
});

test('those of another issuer as soon as the address is another, and of the settings what it does not name', async () => {
  hangsUp = true;
  expect((await format({ Operation: operationUrl }, "token-type='companyKey'")).outcome).toBe('failed');
  expect(received).toContain('extensions=tokenType%3DcompanyKey%26');
});

test('the dialog for the address opens once for a blank card, and not again when the card or the window comes back', async () => {
  writeFileSync(demo.settings, '[io/github/escproject/Esc]\n');
  await runEscctl(['phone-home', 'clear', '--all'], { environment: demo.environment });
  let window = await DrivenWindow.start([esc], demo.environment);
  try {
    await window.find('dialog', 'Phone Home');
    await window.press('push button', 'Cancel');
    await window.gone('dialog', 'Phone Home');
    const folder = join(demo.directory, 'config/esc/cards');
    const remembered = (): string =>
      readdirSync(folder)
        .map(file => readFileSync(join(folder, file), 'utf8'))
        .join('\n');
    await expect.poll(remembered).toContain('asked-for-url=true');
    await demo.order('remove 1');
    await window.find('label', 'Insert Your Smart Card');
    await demo.order('insert 1');
    await window.press('push button', 'Diagnostics');
    await window.find('frame', 'Diagnostics');
    await window.gone('dialog', 'Phone Home', 1);
    await window.end();
    window = await DrivenWindow.start([esc], demo.environment);
    await window.press('push button', 'Diagnostics');
    await window.find('frame', 'Diagnostics');
    await window.gone('dialog', 'Phone Home', 1);
  } finally {
    await window.end();
  }
});
