import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Demo } from '../support/demo/demo.js';
import { runEscctl, type Result } from '../support/escctl/escctl.js';
import { eventually } from '../support/pcsc/waiting.js';
import { DocumentServer } from '../support/phone-home/document-server.js';

let demo: Demo;
let issuer: DocumentServer;

const escctl = (...args: string[]): Promise<Result> =>
  runEscctl([...args, '--json'], { environment: demo.environment });

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  issuer = await DocumentServer.start({ Operation: demo.tps, TokenType: 'userKey', HelpDesk: '1234' });
  writeFileSync(demo.settings, '');
});
afterAll(async () => {
  await issuer.end();
  await demo.end();
});

test('a card without an address has none, and no operation', async () => {
  expect((await escctl('phone-home', 'show')).json()).toMatchObject({
    url: '',
    source: 'none',
    profile: null,
  });
  const format = await runEscctl(['format', '--json', '--user', 'x', '--password-file', '-'], {
    environment: demo.environment,
    input: 'x\n',
  });
  expect(format.status).toBe(2);
  expect(format.report().code).toBe('no-server-url');
});

test('test tells what is there and keeps nothing', async () => {
  const result = await escctl('phone-home', 'test', issuer.url);
  expect(result.status).toBe(0);
  expect(result.json()).toMatchObject({
    url: issuer.url,
    issuerName: 'Blue Corp',
    services: { Operation: demo.tps, TokenType: 'userKey', HelpDesk: '1234' },
  });
  expect((await escctl('phone-home', 'show', '--all')).json()).toEqual([]);
});

test.each([
  ['ORIGIN/missing', 5, 'http-status'],
  ['ORIGIN/page', 5, 'not-xml'],
  ['http://127.0.0.1:9/x', 5, 'connection-refused'],
  ['nowhere', 2, 'bad-url'],
])('test of %s ends with %i', async (url, status, code) => {
  const result = await escctl('phone-home', 'test', url.replace('ORIGIN', issuer.origin));
  expect(result.status).toBe(status);
  expect(result.report().code).toBe(code);
});

test('set keeps an address that leads somewhere, and operations follow it', async () => {
  expect((await escctl('phone-home', 'set', 'http://127.0.0.1:9/x')).status).toBe(5);
  expect((await escctl('phone-home', 'set', issuer.url)).status).toBe(0);
  expect((await escctl('phone-home', 'show')).json()).toMatchObject({
    url: issuer.url,
    source: 'user',
    tpsUrl: demo.tps,
    profile: { issuerName: 'Blue Corp' },
  });
  const format = await runEscctl(['format', '--json', '--user', demo.user, '--password-file', '-'], {
    environment: demo.environment,
    input: `${demo.password}\n`,
  });
  expect(format.status).toBe(0);
  // Now the card names its own address.
  expect((await escctl('phone-home', 'show')).json()).toMatchObject({ source: 'card' });
  const unused = await runEscctl(['phone-home', 'set', issuer.url], { environment: demo.environment });
  expect(unused.status).toBe(0);
  expect(unused.stdout).toMatch(/^This card names its own address\. It goes before one that is set here\.$/m);
});

test('clear forgets one card, or all', async () => {
  const [{ cuid } = { cuid: '' }] = (await escctl('phone-home', 'show', '--all')).json() as {
    cuid: string;
  }[];
  expect((await escctl('phone-home', 'clear', '--cuid', cuid)).json()).toEqual({ cleared: [cuid] });
  expect((await escctl('phone-home', 'show', '--all')).json()).toEqual([]);
  expect((await escctl('phone-home', 'set', issuer.url, '--all')).status).toBe(0);
  expect((await escctl('phone-home', 'clear', '--all')).json()).toEqual({ cleared: [] });
});

test('an operation that waits for the document ends when the card is taken out', async () => {
  const before = readFileSync(demo.settings);
  const silent = `global-phone-home-url='${issuer.origin}/silent'\nignore-card-phone-home-url=true\n`;
  writeFileSync(demo.settings, `[io/github/escproject/Esc]\n${silent}`);
  expect((await escctl('phone-home', 'clear', '--all')).status).toBe(0);
  const format = runEscctl(['format', '--json', '--user', demo.user, '--password-file', '-'], {
    environment: demo.environment,
    input: `${demo.password}\n`,
  });
  await eventually(() => issuer.asked.some(path => path.startsWith('/silent')));
  await demo.order('remove 1');
  const result = await format;
  expect(result.status).toBe(4);
  expect(result.report()).toMatchObject({ code: 'card-removed', cardTouched: false });
  await demo.order('insert 1');
  writeFileSync(demo.settings, before);
});
