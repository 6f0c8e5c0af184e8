import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, type CertificateOptions } from '../gjs/certificates.js';
import { fetchInGjs, type DocumentRequest, type DocumentResult } from '../support/phone-home/documents.js';

/** Phone Home documents fetched by the program's own way, inside GJS, from servers of Node. */

const servers: Server[] = [];
const document = '<ServiceInfo><IssuerName>Blue Corp</IssuerName><Services/></ServiceInfo>';
const found = { issuerName: 'Blue Corp' };
const limit = 64 * 1024;

function ofLength(bytes: number): string {
  return document.replace('<Services/>', `<Services>${' '.repeat(bytes - document.length - 10)}</Services>`);
}

const redirects: Readonly<Record<string, string>> = {
  '/near': '/document',
  '/elsewhere': 'PLAIN/document',
  '/loop': '/loop',
  '/ping': '/pong',
  '/pong': '/ping',
  '/file': 'file:///etc/passwd',
  '/1': '/2',
  '/2': '/3',
  '/3': '/4',
  '/4': '/5',
  '/5': '/document',
};

let plain = '';

function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const path = url.replace(/\?.*/, '');
  const target = redirects[path];
  const status = /^\/status\/(\d+)$/.exec(path)?.[1];
  if (target !== undefined) response.writeHead(302, { Location: target.replace('PLAIN', plain) }).end();
  else if (status !== undefined) response.writeHead(Number(status)).end(document);
  else if (path === '/full') response.end(ofLength(limit));
  else if (path === '/over') response.end(ofLength(limit + 1));
  else if (path === '/endless') pour(response);
  else if (path === '/trickle') trickle(response);
  else if (path === '/short') cutShort(response);
  else if (path !== '/silent') response.end(document);
}

/** As much as the other side takes, without an end. */
function pour(response: ServerResponse): void {
  const piece = Buffer.alloc(0x1000, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}

function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
}

/** Hangs up after half of what it promised. */
function cutShort(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': 2 * document.length });
  response.write(document, () => response.destroy());
}

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server);
  await new Promise<void>(listening => server.listen(0, host, listening));
  return (server.address() as AddressInfo).port;
}

const results = new Map<string, DocumentResult>();
const resultOf = (name: string): DocumentResult => {
  const result = results.get(name);
  if (result === undefined) throw new Error(`${name} was not fetched`);
  return result;
};

beforeAll(async () => {
  const port = await listen(createServer(answer));
  plain = `http://127.0.0.1:${port}`;
  const port6 = await listen(createServer(answer), '::1');
  const ca = makeCertificate({ commonName: 'Test CA', isCa: true });
  const here = { names: ['localhost'], addresses: ['127.0.0.1'] };
  const secure = async (options: Partial<CertificateOptions>): Promise<string> => {
    const { cert, key } = makeCertificate({ commonName: 'localhost', issuer: ca, ...here, ...options });
    return `https://localhost:${await listen(createTlsServer({ cert, key }, answer))}`;
  };
  const good = await secure({});
  const expired = await secure({ from: -30, until: -1 });
  const otherName = await secure({ names: ['other.invalid'], addresses: ['192.0.2.1'] });
  const trustAnchors = ca.cert;
  const closed = createServer();
  const closedPort = await listen(closed);
  await new Promise(done => closed.close(done));

  const requests: Record<string, DocumentRequest> = {
    IPv4: { url: `${plain}/document` },
    IPv6: { url: `http://[::1]:${port6}/document` },
    'a name': { url: `http://localhost:${port}/document` },
    https: { url: `${good}/document`, trustAnchors },
    'a redirect': { url: `${plain}/near` },
    'a redirect to another server': { url: `${good}/near`, trustAnchors },
    'five redirects': { url: `${plain}/1` },
    'https to http': { url: `${good}/elsewhere`, trustAnchors },
    'a loop': { url: `${plain}/loop` },
    'a loop of two': { url: `${plain}/ping` },
    'a redirect to a file': { url: `${plain}/file` },
    'an unknown issuer': { url: `${good}/document` },
    'an expired certificate': { url: `${expired}/document`, trustAnchors },
    'a wrong name': { url: `${otherName}/document`, trustAnchors },
    'TLS with a server that has none': { url: `https://127.0.0.1:${port}/document` },
    'a closed port': { url: `http://127.0.0.1:${closedPort}/document` },
    'no such name': { url: 'http://nobody.invalid/document' },
    'another scheme': { url: 'file:///etc/passwd' },
    'as much as may be': { url: `${plain}/full` },
    'a byte more': { url: `${plain}/over` },
    'no end': { url: `${plain}/endless` },
    'a server that trickles': { url: `${plain}/trickle`, timeout: 600 },
    'a server that says nothing': { url: `${plain}/silent`, timeout: 600 },
    'half of it': { url: `${plain}/short` },
    'called off': { url: `${plain}/trickle`, cancelAfter: 200 },
    ...Object.fromEntries(
      [201, 204, 304, 401, 403, 404, 500, 503].map(status => [
        `${status}`,
        { url: `${plain}/status/${status}` },
      ]),
    ),
    // Last: it takes as long as a time-out does.
    'a server that trickles, without another time-out': { url: `${plain}/trickle` },
  };
  const names = Object.keys(requests);
  const all = await fetchInGjs(Object.values(requests));
  names.forEach((name, i) => results.set(name, all[i] ?? { milliseconds: 0 }));
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise(done => server.close(done));
  }
});

test.each([
  'IPv4',
  'IPv6',
  'a name',
  'https',
  'a redirect',
  'a redirect to another server',
  'five redirects',
  'as much as may be',
])('%s is read', name => {
  expect(resultOf(name)).toMatchObject(found);
});

test.each([
  ['https to http', 'bad-redirect', 'http, which nothing protects'],
  ['a loop', 'bad-redirect', 'more than 5 times'],
  ['a loop of two', 'bad-redirect', 'more than 5 times'],
  ['a redirect to a file', 'bad-redirect', 'no http or https address'],
  ['an unknown issuer', 'tls-error', ''],
  ['an expired certificate', 'tls-error', 'expired'],
  ['a wrong name', 'tls-error', 'name'],
  ['TLS with a server that has none', 'tls-error', ''],
  ['a closed port', 'connection-refused', ''],
  ['no such name', 'host-not-found', ''],
  ['another scheme', 'bad-url', ''],
  ['a byte more', 'document-too-big', '64 KiB'],
  ['no end', 'document-too-big', '64 KiB'],
  ['half of it', 'server-closed', ''],
  ['called off', 'cancelled', ''],
])('%s is refused as %s', (name, code, detail) => {
  const { failure } = resultOf(name);
  expect(failure).toMatchObject({ code });
  expect(failure?.detail).toContain(detail);
});

test.each(['201', '204', '304', '401', '403', '404', '500', '503'])('status %s is told', status => {
  expect(resultOf(status).failure).toMatchObject({
    code: 'http-status',
    facts: { result: `HTTP ${status}` },
  });
});

describe('the time-out', () => {
  test.each(['a server that trickles', 'a server that says nothing'])('ends %s', name => {
    const { failure, milliseconds } = resultOf(name);
    expect(failure).toMatchObject({ code: 'server-silent' });
    expect(milliseconds).toBeGreaterThanOrEqual(590);
  });

  test('is 15 s, however often something comes', () => {
    const { failure, milliseconds } = resultOf('a server that trickles, without another time-out');
    expect(failure).toMatchObject({ code: 'server-silent', detail: 'no whole answer within 15 s' });
    expect(milliseconds).toBeGreaterThanOrEqual(14_900);
  });
});
