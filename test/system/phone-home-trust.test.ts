/** Phone Home documents from servers whose certificate does not verify: in the dialog, and for the chain of a CA. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate, type CertificateOptions } from '../gjs/certificates.js';
import { Demo } from '../support/demo/demo.js';
import { esc } from '../support/demo/programs.js';
import { DocumentServer } from '../support/phone-home/document-server.js';
import { DrivenWindow } from '../support/window/driver.js';
import { pictureFile } from '../support/window/pictures.js';

const uri = 'TPS Config URI';
const ca = makeCertificate({ commonName: 'Company CA', isCa: true });
const servers: DocumentServer[] = [];
let demo: Demo;
let window: DrivenWindow;
let good: DocumentServer;

/** One whose certificate comes with that of the CA. */
async function serve(options: Partial<CertificateOptions>): Promise<DocumentServer> {
  const addresses = ['127.0.0.1'];
  const { cert, key } = makeCertificate({ commonName: 'issuer.test', issuer: ca, addresses, ...options });
  const server = await DocumentServer.start({ UI: 'http://127.0.0.1:9/' }, { cert: cert + ca.cert, key });
  servers.push(server);
  return server;
}

const press = (name: string): Promise<void> => window.press('push button', name);
const nameOf = ({ origin }: DocumentServer): string => origin.replace('https://', '');
const settings = (): string => readFileSync(demo.settings, 'utf8');

async function testUrl(url: string): Promise<void> {
  await window.type('text', uri, url);
  await press('Test URL');
}

beforeAll(async () => {
  demo = await Demo.start({ keyBits: 1024 });
  good = await serve({});
  writeFileSync(demo.settings, '[io/github/escproject/Esc]\n');
  window = await DrivenWindow.start([esc], demo.environment, { dark: true, width: 360, height: 720 });
  await window.find('dialog', 'Phone Home');
});
afterAll(async () => {
  await window.end();
  for (const server of servers) await server.end();
  await demo.end();
});

test('an unknown issuer is shown with its fingerprint, and nothing is fetched while nobody trusts it', async () => {
  await testUrl(good.url);
  await window.find('dialog', `Trust ${nameOf(good)}?`);
  const { fingerprint256 } = new X509Certificate(ca.cert);
  await window.find('label', fingerprint256.replace(/((?:..:){7}..):/g, '$1\n'));
  await window.picture(pictureFile('phone-home-trust'));
  await press('Cancel');
  await window.findPart('label', 'was issued by somebody whom this computer does not trust.');
  expect(settings()).not.toContain('trusted-issuers');
  expect(good.asked).toEqual([]);
});

test('the test goes on once the person trusts it', async () => {
  await press('Test URL');
  await press('Trust This Issuer');
  await window.find('label', 'The issuer was found.');
  await window.find('label', 'Blue Corp');
  await expect.poll(settings).toContain('trusted-issuers');
});

test.each<[string, Partial<CertificateOptions>, string]>([
  ['expired', { from: -30, until: -1 }, 'expired'],
  ['is for another name', { addresses: ['192.0.2.1'] }, 'name'],
])('a certificate that %s is refused, although its issuer is trusted', async (_name, options, why) => {
  const server = await serve(options);
  await testUrl(server.url);
  await window.findPart('label', nameOf(server));
  await window.findPart('label', why);
  const dialogs = (await window.tree()).filter(({ role }) => role === 'dialog').map(({ name }) => name);
  expect(dialogs).toEqual(['Phone Home']);
  expect(server.asked).toEqual([]);
});

test('a card whose fetch was refused gets its issuer once that is trusted, and so does the chain of a CA', async () => {
  await window.end();
  writeFileSync(
    demo.settings,
    `[io/github/escproject/Esc]\nignore-card-phone-home-url=true\nglobal-phone-home-url='${good.url}'\n`,
  );
  window = await DrivenWindow.start([esc], demo.environment, { height: 1000 });
  await window.findPart('label', 'was issued by somebody whom this computer does not trust.');
  await window.activate('browsers');
  await window.type('text', 'Address of the CA Certificate Chain', `${good.origin}/page`);
  await press('Show');
  await press('Trust This Issuer');
  // The server was let in; what it has there is no chain.
  await window.findPart('dialog', 'No certificate of a certification authority');
  await press('OK');
  await window.find('label', 'Blue Corp');
});
