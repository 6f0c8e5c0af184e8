import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import { concatBytes } from '../../src/base/bytes.js';
import { Cancellation } from '../../src/base/cancellation.js';
import { asFailure, Failure } from '../../src/base/failure.js';
import { UntrustedServer } from '../../src/base/untrusted-server.js';
import { GioConnector } from '../../src/io/network.js';
import type { ConnectorOptions } from '../../src/io/network.js';
import { readTrustAnchors } from '../../src/io/tls.js';
import type { ByteStream, ServerAddress } from '../../src/protocol/ports.js';

/** Runs inside GJS; the servers are those of test/system/network.test.ts, which hands their ports over. */
interface Surroundings {
  readonly ports: Readonly<Record<string, number>>;
  /** PEM */
  readonly ca: string;
  readonly expired: string;
  readonly wrong: string;
  /** SHA-256 as Node says it. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

const { ports, ca, expired, wrong, fingerprints } = JSON.parse(System.programArgs[0] ?? '{}') as Surroundings;
const trusting: ConnectorOptions = trustingIn(ca);

function trustingIn(issuers: string): ConnectorOptions {
  return { trust: () => ({ issuers: readTrustAnchors(issuers), servers: [] }) };
}

function trustingServer(server: string): ConnectorOptions {
  return { trust: () => ({ issuers: [], servers: readTrustAnchors(server) }) };
}

async function meets(name: string): Promise<UntrustedServer> {
  const failure = await fails('tls-error', open(at(name, 'https')), 'UNKNOWN_CA');
  if (!(failure instanceof UntrustedServer)) throw new Error('it cannot be trusted');
  return failure;
}

function at(name: string, scheme: ServerAddress['scheme'] = 'http', host = '127.0.0.1'): ServerAddress {
  return { scheme, host, port: ports[name] ?? 0 };
}

function open(server: ServerAddress, options: ConnectorOptions = {}): Promise<ByteStream> {
  return new GioConnector(options).connect(server, new Cancellation());
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

async function readAll(stream: ByteStream, length: number): Promise<Uint8Array> {
  let all = new Uint8Array();
  while (all.length < length) {
    const piece = await stream.read(length - all.length);
    check(piece.length > 0, `the stream ended after ${all.length} of ${length} bytes`);
    all = concatBytes(all, piece) as Uint8Array<ArrayBuffer>;
  }
  return all;
}

async function echoes(stream: ByteStream, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  await stream.write(bytes);
  check(
    new TextDecoder().decode(await readAll(stream, bytes.length)) === text,
    'the echo is not what was sent',
  );
  stream.close();
}

/** @param parts every one has to be in the failure's result or detail */
async function fails(code: string, promise: Promise<unknown>, ...parts: readonly string[]): Promise<Failure> {
  let failure: Failure | undefined;
  try {
    await promise;
  } catch (error) {
    failure = asFailure(error);
  }
  if (failure === undefined) throw new Error(`no ${code}`);
  const text = `${failure.code}: ${failure.facts.result ?? ''}: ${failure.detail}`;
  check(failure.code === code, `${code} expected, got ${text}`);
  for (const part of parts) check(text.includes(part), `"${part}" is not in "${text}"`);
  return failure;
}

function milliseconds(): number {
  return GLib.get_monotonic_time() / 1000;
}

/** A byte pattern that says where in the stream it is. */
function numbered(index: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (index * 31 + i * 7) & 0xff);
}

/** KiB of memory that this process holds. */
function resident(): number {
  const [, status] = GLib.file_get_contents('/proc/self/status');
  return Number(/VmRSS:\s+(\d+)/.exec(new TextDecoder().decode(status))?.[1]);
}

async function roundTrips(stream: ByteStream, count: number): Promise<void> {
  const before = resident();
  for (let i = 0; i < count; i += 1) {
    const sent = numbered(i, 1 + (i % 300));
    await stream.write(sent);
    const received = await readAll(stream, sent.length);
    check(
      received.every((byte, k) => byte === sent[k]),
      `round trip ${i} came back changed`,
    );
  }
  check(resident() - before < 16_384, `memory grew from ${before} to ${resident()} KiB`);
  stream.close();
}

function proxied(proxy: string): ConnectorOptions {
  const resolver = Gio.SimpleProxyResolver.new(`http://127.0.0.1:${ports[proxy] ?? 0}`, null);
  return { ...trusting, proxyResolver: resolver };
}

const cases: Readonly<Record<string, () => Promise<void>>> = {
  'plain over IPv4': async () => echoes(await open(at('echo')), 'hello'),
  'plain over IPv6': async () => echoes(await open(at('echo6', 'http', '::1')), 'hello'),
  'plain by name': async () => echoes(await open(at('echo', 'http', 'localhost')), 'hello'),
  'TLS over IPv4': async () => echoes(await open(at('good', 'https'), trusting), 'hello'),
  'TLS over IPv6': async () => echoes(await open(at('good6', 'https', '::1'), trusting), 'hello'),
  'TLS by name': async () => echoes(await open(at('good', 'https', 'localhost'), trusting), 'hello'),
  'a trust anchor among others': async () => {
    const anchors = `comment\n${ca}\n${ca}`;
    await echoes(await open(at('good', 'https'), trustingIn(anchors)), 'hello');
  },
  'no such host': async () => {
    await fails('host-not-found', open({ scheme: 'http', host: 'no-such-host.invalid', port: 80 }));
  },
  'connection refused': async () => {
    const failure = await fails('connection-refused', open(at('closed')), 'CONNECTION_REFUSED');
    check(failure.facts.server === `127.0.0.1:${ports['closed'] ?? 0}`, 'the server is not named');
  },
  'TLS: unknown certification authority': async () => {
    const failure = await fails(
      'tls-error',
      open(at('stranger', 'https')),
      'UNKNOWN_CA',
      'localhost',
      'Test CA',
    );
    check(failure.facts.server === `127.0.0.1:${ports['stranger'] ?? 0}`, 'the server is not named');
  },
  'TLS: self-signed': async () => {
    await fails('tls-error', open(at('self', 'https'), trusting), 'UNKNOWN_CA');
  },
  'TLS: expired': async () => {
    const failure = await fails('tls-error', open(at('expired', 'https'), trusting), 'EXPIRED');
    check(failure.facts.result === 'EXPIRED', `also ${failure.facts.result ?? ''}`);
  },
  'TLS: not valid yet': async () => {
    await fails('tls-error', open(at('early', 'https'), trusting), 'NOT_ACTIVATED');
  },
  'TLS: wrong name': async () => {
    const failure = await fails('tls-error', open(at('wrong', 'https'), trusting), 'BAD_IDENTITY');
    check(failure.facts.result === 'BAD_IDENTITY', `also ${failure.facts.result ?? ''}`);
  },
  'TLS: an unknown issuer that came with the certificate can be trusted': async () => {
    const { certificate, issuer, facts } = await meets('chain');
    check(certificate.sha256 === fingerprints['good'], 'the fingerprint of the server');
    check(issuer?.sha256 === fingerprints['ca'], 'the fingerprint of the issuer');
    check(facts.serverFingerprint === fingerprints['good'], 'the fact of the server');
    check(facts.issuerFingerprint === fingerprints['ca'], 'the fact of the issuer');
    check(facts.result === 'UNKNOWN_CA', `why: ${facts.result ?? ''}`);
    check(issuer?.subject === 'CN=Test CA' && certificate.issuer === 'CN=Test CA', 'the names');
    await echoes(await open(at('chain', 'https'), trustingIn(issuer?.pem ?? '')), 'hello');
  },
  'TLS: an intermediate issuer whose own did not come can be trusted': async () => {
    const { issuer } = await meets('chainSub');
    check(issuer?.sha256 === fingerprints['sub'], 'the topmost certificate is the intermediate one');
    await echoes(await open(at('chainSub', 'https'), trustingIn(issuer?.pem ?? '')), 'hello');
  },
  'TLS: a certificate that came alone can be trusted, for its server alone': async () => {
    const { certificate, issuer } = await meets('stranger');
    check(issuer === undefined, 'no issuer came');
    await echoes(await open(at('stranger', 'https'), trustingServer(certificate.pem)), 'hello');
    await fails('tls-error', open(at('chainSub', 'https'), trustingServer(certificate.pem)), 'UNKNOWN_CA');
  },
  'TLS: a self-signed certificate can be trusted, though not as an issuer': async () => {
    const { certificate, issuer } = await meets('ownCa');
    check(issuer === undefined && certificate.sha256 === fingerprints['ownCa'], 'it is its own issuer');
    await echoes(await open(at('ownCa', 'https'), trustingServer(certificate.pem)), 'hello');
    await fails('tls-error', open(at('ofOwnCa', 'https'), trustingServer(certificate.pem)), 'UNKNOWN_CA');
  },
  'TLS: an expired certificate is refused whatever is trusted': async () => {
    for (const options of [{}, trusting, trustingServer(expired)]) {
      const failure = await fails('tls-error', open(at('chainExpired', 'https'), options), 'EXPIRED');
      check(!(failure instanceof UntrustedServer), 'it is offered to be trusted');
    }
  },
  'TLS: another name is refused whatever is trusted': async () => {
    for (const options of [{}, trusting, trustingServer(wrong)]) {
      const failure = await fails('tls-error', open(at('chainWrong', 'https'), options), 'BAD_IDENTITY');
      check(!(failure instanceof UntrustedServer), 'it is offered to be trusted');
    }
  },
  'TLS: what is not trusted any more is refused, though the session is known': async () => {
    await echoes(await open(at('known', 'https'), trusting), 'hello');
    await meets('known');
  },
  'TLS: a server that speaks plain': async () => {
    await fails('tls-error', open(at('banner', 'https'), trusting));
  },
  'TLS: a server that hangs up in the handshake': async () => {
    const failure = await open(at('hangup', 'https'), trusting).then(() => undefined, asFailure);
    check(
      ['tls-error', 'server-closed'].includes(failure?.code ?? ''),
      `got ${failure?.code ?? 'a connection'}`,
    );
  },
  'TLS: an unreadable trust anchor': async () => {
    await fails('tls-error', open(at('good', 'https'), trustingIn('nothing')), 'trust anchors');
  },
  'TLS: time-out': async () => {
    const start = milliseconds();
    const options = { ...trusting, connectTimeout: 200 };
    await fails('network-error', open(at('silent', 'https'), options), 'TIMED_OUT');
    check(milliseconds() - start < 20_000, 'it took too long');
  },
  'cancelled before': async () => {
    const cancellation = new Cancellation();
    cancellation.cancel();
    await fails('cancelled', new GioConnector().connect(at('echo'), cancellation));
  },
  'cancelled while connecting': async () => {
    const cancellation = new Cancellation();
    const connecting = new GioConnector(trusting).connect(at('silent', 'https'), cancellation);
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 50, () => {
      cancellation.cancel();
      return GLib.SOURCE_REMOVE;
    });
    await fails('cancelled', connecting);
  },
  'a pending read lets writes pass': async () => {
    for (const server of [at('echo'), at('good', 'https')]) {
      const stream = await open(server, trusting);
      const reading = stream.read(100);
      await stream.write(new TextEncoder().encode('now'));
      check(new TextDecoder().decode(await reading) === 'now', 'the read got something else');
      stream.close();
    }
  },
  'a pending write lets reads pass': async () => {
    for (const server of [at('stubborn'), at('stubbornTls', 'https')]) {
      const stream = await open(server, trusting);
      const length = 8_000_000;
      let written = false;
      const writing = stream.write(new Uint8Array(length)).then(() => (written = true));
      // The server reads nothing until it was told so, which this side does by reading what it says.
      check(new TextDecoder().decode(await readAll(stream, 5)) === 'ready', 'the server said something else');
      check(!written, 'eight megabytes vanished in buffers: the test shows nothing');
      await fails('server-closed', writing);
      stream.close();
    }
  },
  'writes go out in their order': async () => {
    const stream = await open(at('echo'));
    const pieces = Array.from({ length: 50 }, (_, i) => numbered(i, 1000 + i));
    const writing = Promise.all(pieces.map(piece => stream.write(piece)));
    const wanted = concatBytes(...pieces);
    const received = await readAll(stream, wanted.length);
    await writing;
    check(
      received.every((byte, i) => byte === wanted[i]),
      'the bytes are in another order',
    );
    stream.close();
  },
  'a read gives no more than asked for': async () => {
    const stream = await open(at('echo'));
    await stream.write(new TextEncoder().encode('abcdef'));
    check((await stream.read(2)).length <= 2, 'more than two bytes');
    stream.close();
  },
  'the end of the stream': async () => {
    for (const server of [at('bye'), at('byeTls', 'https'), at('rudeTls', 'https')]) {
      const stream = await open(server, trusting);
      check(new TextDecoder().decode(await readAll(stream, 3)) === 'bye', 'the server said something else');
      check((await stream.read(10)).length === 0, 'no end');
      check((await stream.read(10)).length === 0, 'the end did not last');
      stream.close();
    }
  },
  'a connection that the server resets': async () => {
    const stream = await open(at('reset'));
    await stream.write(Uint8Array.of(1));
    await fails('server-closed', stream.read(10), 'CONNECTION_CLOSED');
    stream.close();
  },
  'closing ends a pending read': async () => {
    for (const server of [at('echo'), at('good', 'https')]) {
      const stream = await open(server, trusting);
      const reading = stream.read(10);
      stream.close();
      check((await reading).length === 0, 'the read gave bytes');
      check((await stream.read(10)).length === 0, 'a read after the close gave bytes');
      await fails('network-error', stream.write(Uint8Array.of(1)));
      stream.close();
    }
  },
  'closing ends a pending write': async () => {
    const stream = await open(at('stubborn'));
    const writing = stream.write(new Uint8Array(8_000_000));
    stream.close();
    await fails('network-error', writing);
  },
  'a tunnel through a proxy, plain': async () => echoes(await open(at('echo'), proxied('proxy')), 'hello'),
  'a tunnel through a proxy, TLS': async () =>
    echoes(await open(at('good', 'https'), proxied('proxy')), 'hello'),
  'a certificate is judged through a proxy': async () => {
    await fails('tls-error', open(at('wrong', 'https'), proxied('proxy')), 'BAD_IDENTITY');
  },
  'a proxy that refuses': async () => {
    await fails('network-error', open(at('echo'), proxied('refusingProxy')), 'PROXY');
  },
  'a proxy that is not there': async () => {
    await fails('connection-refused', open(at('echo'), proxied('closed')));
  },
  '20,000 round trips': async () => roundTrips(await open(at('echo')), 20_000),
  '2,000 round trips in TLS': async () => roundTrips(await open(at('good', 'https'), trusting), 2_000),
  '300 connections one after the other': async () => {
    for (let i = 0; i < 300; i += 1) await echoes(await open(at('echo')), `hello ${i}`);
  },
};

async function run(): Promise<void> {
  const names = Object.keys(cases);
  print(`1..${names.length}`);
  for (const [i, name] of names.entries()) {
    const start = milliseconds();
    try {
      await cases[name]?.();
      print(`ok ${i + 1} - ${name} # ${Math.round(milliseconds() - start)} ms`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      print(`not ok ${i + 1} - ${name}: ${reason.replaceAll('\n', ' ')}`);
    }
  }
}

const loop = new GLib.MainLoop(null, false);
run()
  .catch((error: unknown) => print(`Bail out! ${String(error)}`))
  .finally(() => loop.quit())
  .catch(() => undefined);
loop.run();
