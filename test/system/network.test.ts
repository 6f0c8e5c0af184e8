import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../gjs/certificates.js';
import type { Credentials } from '../gjs/certificates.js';
import { runGjsProgram } from '../support/gjs-program.js';

/** The sockets of src/io, inside GJS (test/gjs-programs/network.ts), against servers of Node. */

const servers: Server[] = [];
const sockets = new Set<Socket>();
const connects: string[] = [];
let output = '';

type Behaviour = (socket: Socket) => void;

const echo: Behaviour = socket => void socket.pipe(socket);
const bye: Behaviour = socket => void socket.end('bye');
/** Says that it is ready without reading anything, then hangs up. */
const stubborn: Behaviour = socket => {
  socket.pause();
  socket.write('ready', () => setTimeout(() => socket.destroy(), 300));
};

async function listen(
  server: Server,
  event: 'connection' | 'secureConnection',
  behaviour: Behaviour,
  host = '127.0.0.1',
): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on(event, (socket: Socket) => {
    socket.on('error', () => undefined);
    behaviour(socket);
  });
  servers.push(server);
  await new Promise<void>(listening => server.listen(0, host, listening));
  return (server.address() as AddressInfo).port;
}

const plain = (behaviour: Behaviour, host?: string): Promise<number> =>
  listen(createServer(), 'connection', behaviour, host);

function secure(credentials: Credentials, behaviour: Behaviour, host?: string): Promise<number> {
  const server = createTlsServer({ cert: credentials.cert, key: credentials.key });
  server.on('tlsClientError', () => undefined);
  return listen(server, 'secureConnection', behaviour, host);
}

/** An HTTP proxy that knows CONNECT alone. */
const proxy: Behaviour = socket => {
  socket.once('data', head => {
    const [, host = '', port = ''] =
      /^CONNECT (\S+):(\d+) HTTP\/1\.[01]\r\n/.exec(head.toString('latin1')) ?? [];
    connects.push(`${host}:${port}`);
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    sockets.add(target);
    target.on('error', () => socket.destroy());
  });
};

const refusingProxy: Behaviour = socket => {
  socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
};

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise(done => server.close(done));
  return port;
}

const cases = [
  'plain over IPv4',
  'plain over IPv6',
  'plain by name',
  'TLS over IPv4',
  'TLS over IPv6',
  'TLS by name',
  'a trust anchor among others',
  'no such host',
  'connection refused',
  'TLS: unknown certification authority',
  'TLS: self-signed',
  'TLS: expired',
  'TLS: not valid yet',
  'TLS: wrong name',
  'TLS: an unknown issuer that came with the certificate can be trusted',
  'TLS: an intermediate issuer whose own did not come can be trusted',
  'TLS: a certificate that came alone can be trusted, for its server alone',
  'TLS: a self-signed certificate can be trusted, though not as an issuer',
  'TLS: an expired certificate is refused whatever is trusted',
  'TLS: another name is refused whatever is trusted',
  'TLS: what is not trusted any more is refused, though the session is known',
  'TLS: a server that speaks plain',
  'TLS: a server that hangs up in the handshake',
  'TLS: an unreadable trust anchor',
  'TLS: time-out',
  'cancelled before',
  'cancelled while connecting',
  'a pending read lets writes pass',
  'a pending write lets reads pass',
  'writes go out in their order',
  'a read gives no more than asked for',
  'the end of the stream',
  'a connection that the server resets',
  'closing ends a pending read',
  'closing ends a pending write',
  'a tunnel through a proxy, plain',
  'a tunnel through a proxy, TLS',
  'a certificate is judged through a proxy',
  'a proxy that refuses',
  'a proxy that is not there',
  '20,000 round trips',
  '2,000 round trips in TLS',
  '300 connections one after the other',
];

beforeAll(async () => {
  const ca = makeCertificate({ commonName: 'Test CA', isCa: true });
  const here = { names: ['localhost'], addresses: ['127.0.0.1', '::1'] };
  const good = makeCertificate({ commonName: 'localhost', issuer: ca, ...here });
  const expired = makeCertificate({ commonName: 'localhost', issuer: ca, ...here, from: -30, until: -1 });
  const early = makeCertificate({ commonName: 'localhost', issuer: ca, ...here, from: 1 });
  const wrong = makeCertificate({ commonName: 'other.example', issuer: ca, names: ['other.example'] });
  const own = makeCertificate({ commonName: 'localhost', ...here });
  const chain = { cert: good.cert + ca.cert, key: good.key };
  const sub = makeCertificate({ commonName: 'Test Sub CA', isCa: true, issuer: ca });
  const ofSub = makeCertificate({ commonName: 'localhost', issuer: sub, ...here });
  const ownCa = makeCertificate({ commonName: 'Own CA', isCa: true, ...here });
  const ofOwnCa = makeCertificate({ commonName: 'localhost', issuer: ownCa, ...here });
  const fingerprints = Object.fromEntries(
    Object.entries({ good, ca, sub, ownCa }).map(([name, { cert }]) => [
      name,
      new X509Certificate(cert).fingerprint256,
    ]),
  );
  const ports = {
    chain: await secure(chain, echo),
    chainSub: await secure({ cert: ofSub.cert + sub.cert, key: ofSub.key }, echo),
    ownCa: await secure(ownCa, echo),
    ofOwnCa: await secure({ cert: ofOwnCa.cert + ownCa.cert, key: ofOwnCa.key }, echo),
    chainExpired: await secure({ cert: expired.cert + ca.cert, key: expired.key }, echo),
    chainWrong: await secure({ cert: wrong.cert + ca.cert, key: wrong.key }, echo),
    known: await secure(chain, echo),
    echo: await plain(echo),
    echo6: await plain(echo, '::1'),
    good: await secure(good, echo),
    good6: await secure(good, echo, '::1'),
    // A port of its own: a TLS session that was accepted once is resumed without another look.
    stranger: await secure(good, echo),
    self: await secure(own, echo),
    expired: await secure(expired, echo),
    early: await secure(early, echo),
    wrong: await secure(wrong, echo),
    banner: await plain(socket => void socket.write('220 this is not TLS\r\n')),
    hangup: await plain(socket => void socket.once('data', () => socket.destroy())),
    silent: await plain(socket => void socket.resume()),
    stubborn: await plain(stubborn),
    stubbornTls: await secure(good, stubborn),
    bye: await plain(bye),
    byeTls: await secure(good, bye),
    rudeTls: await secure(good, socket => void socket.write('bye', () => endWithoutNotice(socket))),
    reset: await plain(socket => void socket.once('data', () => socket.resetAndDestroy())),
    proxy: await plain(proxy),
    refusingProxy: await plain(refusingProxy),
    closed: await closedPort(),
  };

  const given = { ports, ca: ca.cert, fingerprints, expired: expired.cert, wrong: wrong.cert };
  output = await runGjsProgram('network', [JSON.stringify(given)]);
}, 180_000);

/** The TCP connection ends, TLS is told nothing. */
function endWithoutNotice(socket: Socket): void {
  const below = [...sockets].find(other => other.remotePort === socket.remotePort && other !== socket);
  below?.end();
}

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

test.each(cases)('%s', name => {
  const line = output.split('\n').find(text => text.startsWith('ok ') && text.includes(` - ${name} #`));
  const problem = output.split('\n').find(text => text.includes(` - ${name}`));
  expect(line, problem ?? `no line in:\n${output}`).toBeDefined();
});

test('each case inside GJS has its line here', () => {
  expect(output).toContain(`1..${cases.length}\n`);
});

test('the proxy was asked for a tunnel, for plain connections too', () => {
  expect(connects.length).toBe(3);
});
