import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import type { TpsMessage } from '../../src/protocol/message.js';
import { encodeMessage } from '../../src/protocol/message-encoder.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import type { Fault, MessageStep } from '../../demo/tps/session.js';
import { startTps, type DemoTps } from '../../demo/tps/tps.js';
import { converse, escExtensions } from '../support/demo-tps/client.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const enroll = 1;
const resetPin = 3;
const format = 5;

let tps: DemoTps;
let faultOf: (step: MessageStep) => Fault | undefined = () => undefined;
const log: string[] = [];

beforeAll(async () => {
  tps = await startTps({
    keyBits: 1024,
    appletBlocks: 2,
    fault: step => faultOf(step),
    log: line => log.push(line),
  });
});

afterEach(() => {
  faultOf = () => undefined;
});

afterAll(() => tps.close());

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function textOf(message: TpsMessage): string {
  return new TextDecoder().decode(encodeMessage(message));
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** As a client that speaks bytes: says all of it, then listens until `until` has come or the server closes. */
async function exchange(
  said: string,
  until?: RegExp,
  port = portOf(tps.url),
): Promise<{ heard: string; closed: boolean }> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(said));
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      heard += text;
      if (until?.test(heard) === true) {
        socket.destroy();
        resolve({ heard, closed: false });
      }
    });
    socket.on('end', () => {
      socket.destroy();
      resolve({ heard, closed: true });
    });
  });
}

const head = 'POST /tps/tps HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
const beginReset = textOf({
  type: 'begin-op',
  operation: resetPin,
  extensions: new Map([['tokenType', 'userKey']]),
});
const answered = /pdu_data=[%0-9A-F]+\r\n$/;

describe('HTTP', () => {
  test('the head has two equal Transfer-Encoding lines and an empty reason', async () => {
    const { heard } = await exchange(head + chunk(beginReset), answered);
    const [lines = ''] = heard.split('\r\n\r\n');
    expect(lines.replace(/Date: .*/, 'Date')).toBe(
      'HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nDate',
    );
    expect(heard).toContain(
      '49\r\ns=68&msg_type=9&pdu_size=12&pdu_data=%00%A4%04%00%07%A0%00%00%00%03%00%00\r\n',
    );
  });

  test('the head comes before the first message', async () => {
    const { heard } = await exchange(head, /\r\n\r\n$/);
    expect(heard).toMatch(/^HTTP\/1\.1 200 \r\n/);
  });

  test.each([
    ['GET', 'GET /tps/tps HTTP/1.1\r\nHost: x\r\n\r\n', 405, false],
    ['a body with a length', 'POST /tps/tps HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ns=1&', 400, true],
    ['HTTP 1.0', 'POST /tps/tps HTTP/1.0\r\nHost: x\r\n\r\n', 400, true],
    [
      'chunked with a capital',
      'POST /tps/tps HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n',
      400,
      true,
    ],
    [
      'another path',
      'POST /nk_service HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      404,
      false,
    ],
    ['a slash too many', 'GET /tps/phoneHome/ HTTP/1.1\r\nHost: x\r\n\r\n', 404, false],
    ['the wrong case', 'GET /tps/phonehome HTTP/1.1\r\nHost: x\r\n\r\n', 404, false],
  ])('%s: %s', async (_name, said, status, closes) => {
    const { heard } = await exchange(said, /\r\n\r\n/);
    expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \r\n`));
    expect(/Connection: close/.test(heard)).toBe(closes);
    if (closes) expect((await exchange(said)).closed).toBe(true);
  });

  test('chunks mean nothing: every byte may come in its own', async () => {
    const { heard } = await exchange(head + beginReset.replace(/[^]/g, chunk), answered);
    expect(heard).toContain('msg_type=9');
  });

  test('the content type means nothing', async () => {
    const form = head.replace('\r\n\r\n', '\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n');
    expect((await exchange(form + chunk(beginReset), answered)).heard).toContain('msg_type=9');
  });

  test('two messages in one chunk are both taken', async () => {
    const selected = textOf({ type: 'pdu-response', pdu: Uint8Array.of(0x90, 0x00) });
    const { heard } = await exchange(head + chunk(beginReset + selected), /%80%CA%9F%7F%2D\r\n$/);
    expect(heard).toContain('pdu_size=5');
  });

  test('after END_OP the connection stays, for another operation', async () => {
    const unknown = chunk(textOf({ type: 'begin-op', operation: 4, extensions: new Map() }));
    const { heard } = await exchange(
      `${head}${unknown}0\r\n\r\n${head}${unknown}`,
      /result=1[^]*result=1&message=0\r\n0\r\n\r\n/,
    );
    expect(heard.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });
});

describe('what TPS cannot read ends the connection behind the head', () => {
  const body = (text: string): string => `s=${text.length}&${text}`;
  test.each([
    ['an empty value', body('msg_type=2&operation=3&extensions=')],
    ['an empty value in the extensions', body('msg_type=2&operation=3&extensions=tokenType%3D%26a%3Db')],
    ['a broken escape', body('msg_type=2&operation=3&extensions=tokenType%3')],
    ['a message of 10,000 bytes', `s=10000&${'x'.repeat(100)}`],
    ['a line break before it', `\n${beginReset}`],
    ['no s=', 'msg_type=2&operation=3&extensions=tokenType%3DuserKey'],
    ['a length of six digits', `s=000044&${beginReset}`],
    ['another first message', textOf({ type: 'pdu-response', pdu: Uint8Array.of(0x90, 0x00) })],
    ['an unknown type', body('msg_type=99&operation=3')],
    ['a wrong pdu_size', `${beginReset}${body('msg_type=10&pdu_size=3&pdu_data=%90%00')}`],
    ['an answer to another question', `${beginReset}${textOf({ type: 'status-response', state: 10 })}`],
  ])('%s', async (_name, said) => {
    const { heard, closed } = await exchange(head + chunk(said));
    expect(closed).toBe(true);
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard).not.toContain('msg_type=13');
    expect(heard).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  test('chunks that are none', async () => {
    expect((await exchange(`${head}zz\r\n`)).closed).toBe(true);
  });

  test('a length that is too small makes an enrolment of it, as with the real one', async () => {
    const { heard } = await exchange(head + chunk('s=10&msg_type=2&operation=3'), answered);
    expect(heard).toContain('%00%A4%04%00%07%62%76%01%FF%00%00%00');
  });
});

test('a silent client is left after the time-out, without END_OP', async () => {
  const silenceTimeout = 1_500;
  const impatient = await startTps({ keyBits: 1024, appletBlocks: 1, silenceTimeout });
  const begin = performance.now();
  const { heard, closed } = await exchange(head + chunk(beginReset), undefined, portOf(impatient.url));
  const waited = performance.now() - begin;
  await impatient.close();
  expect(closed).toBe(true);
  expect(heard).toContain('msg_type=9');
  expect(heard).not.toContain('msg_type=13');
  expect(waited).toBeGreaterThanOrEqual(silenceTimeout - 5);
});

describe('faults on purpose', () => {
  const run = async (): Promise<{ result: number; code: number } | undefined> =>
    (await converse({ url: tps.url, card: new VirtualCard({ number: 50 }), operation: format })).end;

  test('hangs up at a message', async () => {
    faultOf = ({ index }) => (index === 5 ? { kind: 'hang-up' } : undefined);
    expect(await run()).toBeUndefined();
  });

  test('ends with a code', async () => {
    faultOf = ({ message }) => (message.type === 'status-request' ? { kind: 'end', code: 40 } : undefined);
    expect(await run()).toEqual({ result: 1, code: 40 });
  });

  test('sends what is no message', async () => {
    faultOf = ({ index }) =>
      index === 3 ? { kind: 'bytes', bytes: new TextEncoder().encode('nonsense') } : undefined;
    await expect(run()).rejects.toThrow('s=');
  });

  test('falls silent, and closes all the same', async () => {
    const silent = await startTps({
      keyBits: 1024,
      appletBlocks: 1,
      silenceTimeout: 1_000,
      fault: ({ index }) => (index === 2 ? { kind: 'silence' } : undefined),
    });
    const conversation = converse({
      url: silent.url,
      card: new VirtualCard({ number: 51 }),
      operation: format,
    });
    const first = await Promise.race([
      conversation.then(() => 'ended'),
      new Promise(resolve => setTimeout(() => resolve('silent'), 2_000)),
    ]);
    await silent.close();
    expect(first).toBe('silent');
    expect((await conversation).end).toBeUndefined();
  });
});

describe('pages', () => {
  async function page(url: string): Promise<{ status: number; type: string | null; body: Uint8Array }> {
    const response = await fetch(url);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  }

  test('Phone Home names issuer and operation, whatever the query', async () => {
    const { status, type, body } = await page(`${tps.phoneHomeUrl}?cuid=40906145c76200007777`);
    expect([status, type]).toEqual([200, 'application/xml']);
    const text = new TextDecoder().decode(body);
    expect(text).toMatch(/^<ServiceInfo>\n<IssuerName>Example Corp<\/IssuerName>/);
    expect(text).toContain(`<Operation>${tps.url}</Operation>`);
    expect(text).toContain('<TokenType>userKey</TokenType>');
  });

  test('names with markup in them are escaped', async () => {
    const odd = await startTps({
      keyBits: 1024,
      appletBlocks: 1,
      issuerName: 'A & B <C>',
      operationScheme: 'https',
    });
    const text = new TextDecoder().decode((await page(odd.phoneHomeUrl)).body);
    await odd.close();
    expect(text).toContain('<IssuerName>A &#38; B &#60;C&#62;</IssuerName>');
    expect(text).toContain(`<Operation>${odd.httpsUrl}</Operation>`);
  });

  test.each([
    ['download', 'application/octet-stream'],
    ['downloadBIN', 'application/octet-stream'],
    ['download&mimeType=application/x-x509-ca-cert', 'application/x-x509-ca-cert'],
  ])('the chain as PKCS#7: op=%s', async (query, expected) => {
    const { status, type, body } = await page(new URL(`/ca/ee/ca/getCAChain?op=${query}`, tps.url).href);
    expect([status, type]).toEqual([200, expected]);
    const bag = forge.pkcs7.messageFromAsn1(forge.asn1.fromDer(Buffer.from(body).toString('latin1')));
    const certificates = (bag as unknown as { certificates: forge.pki.Certificate[] }).certificates;
    expect(
      certificates.map(certificate => forge.pki.certificateToPem(certificate).replace(/\r/g, '')),
    ).toEqual([tps.caCertificatePem.replace(/\r/g, '')]);
  });
});

describe('TLS', () => {
  test('a whole operation over https, verified with the CA of the demo', async () => {
    const { end } = await converse({
      url: tps.httpsUrl,
      ca: tps.caCertificatePem,
      card: new VirtualCard({ number: 60 }),
      operation: format,
    });
    expect(end).toEqual({ result: 0, code: 0 });
  });

  test('the server certificate stands for localhost and both loopback addresses', async () => {
    const options = { host: '127.0.0.1', port: portOf(tps.httpsUrl), ca: tps.caCertificatePem };
    const certificate = await new Promise<X509Certificate | undefined>((resolve, reject) => {
      const socket = connectTls({ ...options, servername: 'localhost' }, () => {
        resolve(socket.getPeerX509Certificate());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(certificate?.checkHost('localhost')).toBe('localhost');
    expect(certificate?.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate?.checkIP('::1')).toBe('::1');
  });

  test('whoever does not have the CA refuses', async () => {
    const attempt = converse({ url: tps.httpsUrl, card: new VirtualCard({ number: 61 }), operation: format });
    await expect(attempt).rejects.toThrow('certificate');
  });
});

describe('certificates and keys', () => {
  const rawRsa = (key: number, loginNonce: string, block: Uint8Array): Uint8Array =>
    fromHex(`B036${key.toString(16).padStart(2, '0')}048D00030100 80${toHex(block)}${loginNonce}`);

  test('the card’s private keys are those of its two certificates, which the CA has signed', async () => {
    const card = new VirtualCard({ number: 70 });
    for (const operation of [format, enroll])
      expect((await converse({ url: tps.url, card, operation, pin: 'chosen-1' })).end?.code).toBe(0);
    const token = tps.tokens.find(toHex(card.cuid));
    expect(token).toMatchObject({ state: 'ACTIVE', userId: 'jsmith' });
    expect(token?.certificates.map(({ use, status }) => [use, status])).toEqual([
      ['signing', 'active'],
      ['encryption', 'active'],
    ]);
    await card.process(fromHex('00A4040007627601FF000000'));
    const verified = await card.process(fromHex(`B042000008${toHex(new TextEncoder().encode('chosen-1'))}`));
    const nonce = toHex(verified.subarray(0, 8));
    const ca = new X509Certificate(tps.caCertificatePem);
    for (const [i, { certificate, serial }] of (token?.certificates ?? []).entries()) {
      const x509 = new X509Certificate(Buffer.from(certificate, 'base64'));
      expect(x509.verify(ca.publicKey)).toBe(true);
      expect(x509.checkIssued(ca)).toBe(true);
      expect(x509.serialNumber).toBe(serial);
      expect(x509.subject.split('\n')).toEqual([
        'O=Example Corp',
        'emailAddress=jsmith@example.com',
        'UID=jsmith',
        'CN=John Smith',
      ]);
      const block = new Uint8Array(128).fill(0x35).fill(0x00, 0, 1);
      const answer = await card.process(rawRsa(2 * (i + 1), nonce, block));
      expect(toHex(answer.subarray(-2))).toBe('9000');
      const { modulus, exponent } = forgeKey(x509);
      const signature = new forge.jsbn.BigInteger(toHex(answer.subarray(2, 130)), 16);
      expect(signature.modPow(exponent, modulus).toString(16)).toBe(toHex(block).toLowerCase().slice(2));
    }
  });

  function forgeKey(x509: X509Certificate): {
    modulus: forge.jsbn.BigInteger;
    exponent: forge.jsbn.BigInteger;
  } {
    const key = forge.pki.certificateFromPem(x509.toString()).publicKey as forge.pki.rsa.PublicKey;
    return { modulus: key.n, exponent: key.e };
  }

  test('usages and identifiers are what the two purposes ask for', async () => {
    const card = new VirtualCard({ number: 71 });
    for (const operation of [format, enroll]) await converse({ url: tps.url, card, operation });
    const authority = forge.pki.certificateFromPem(tps.caCertificatePem);
    const [signing, encryption] = (tps.tokens.find(toHex(card.cuid))?.certificates ?? []).map(one =>
      forge.pki.certificateFromPem(new X509Certificate(Buffer.from(one.certificate, 'base64')).toString()),
    );
    expect(signing?.getExtension('keyUsage')).toMatchObject({
      digitalSignature: true,
      nonRepudiation: true,
      keyEncipherment: false,
    });
    expect(signing?.getExtension('extKeyUsage')).toMatchObject({ clientAuth: true, emailProtection: true });
    expect(encryption?.getExtension('keyUsage')).toMatchObject({
      keyEncipherment: true,
      dataEncipherment: true,
      digitalSignature: false,
    });
    for (const certificate of [signing, encryption]) {
      expect(certificate?.getExtension('basicConstraints')).toMatchObject({ cA: false });
      expect(certificate?.verifySubjectKeyIdentifier()).toBe(true);
      const authorityKey = certificate?.getExtension('authorityKeyIdentifier') as
        { value: string } | undefined;
      expect(authorityKey?.value.slice(4)).toBe(authority.generateSubjectKeyIdentifier().getBytes());
    }
  });

  test('a server-made key is archived; a card-made one is not', async () => {
    const archived = tps.tokens.archivedKeys().length;
    const card = new VirtualCard({ number: 72 });
    for (const operation of [format, enroll]) await converse({ url: tps.url, card, operation });
    const encryption = tps.tokens.find(toHex(card.cuid))?.certificates[1];
    expect(
      tps.tokens
        .archivedKeys()
        .slice(archived)
        .map(key => key.serial),
    ).toEqual([encryption?.serial]);

    const other = await startTps({ keyBits: 1024, appletBlocks: 1, serverSideEncryptionKey: false });
    for (const operation of [format, enroll])
      expect((await converse({ url: other.url, card, operation })).end?.code).toBe(0);
    await other.close();
    expect(other.tokens.archivedKeys()).toEqual([]);
    expect(other.tokens.find(toHex(card.cuid))?.certificates).toHaveLength(2);
  });
});

test('the log has neither password nor PIN', async () => {
  const card = new VirtualCard({ number: 80 });
  await converse({ url: tps.url, card, operation: format, password: 'Passw0rd-wrong' });
  for (const operation of [format, enroll, resetPin])
    await converse({ url: tps.url, card, operation, pin: 'my-pin-77' });
  const text = log.join('\n');
  expect(text).toContain('SET PIN');
  expect(text).toContain('new-pin-response');
  for (const secret of ['Passw0rd', 'secret', 'my-pin-77', 'netscape']) expect(text).not.toContain(secret);
});

test('status updates go only to clients that want them', async () => {
  const card = new VirtualCard({ number: 81 });
  const extensions = new Map([...escExtensions].filter(([name]) => name !== 'statusUpdate'));
  const { received, end } = await converse({ url: tps.url, card, operation: format, extensions });
  expect(end?.code).toBe(0);
  expect(received.some(({ type }) => type === 'status-request')).toBe(false);
});

test('many conversations at once do not disturb each other', async () => {
  const ends = await Promise.all(
    Array.from({ length: 5 }, async (_, i) => {
      const card = new VirtualCard({ number: 90 + i });
      await converse({ url: tps.url, card, operation: format });
      return (await converse({ url: tps.url, card, operation: enroll })).end?.code;
    }),
  );
  expect(ends).toEqual([0, 0, 0, 0, 0]);
});

describe('the state file', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-tps-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  test('CA, cards and archived keys outlive a restart; nobody else may read them', async () => {
    const options = { keyBits: 1024, appletBlocks: 1, stateFile: join(folder, 'state.json') } as const;
    const first = await startTps(options);
    const card = new VirtualCard({ number: 100 });
    for (const operation of [format, enroll]) await converse({ url: first.url, card, operation });
    await first.close();
    expect((await stat(options.stateFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(options.stateFile, 'utf8')).not.toContain('netscape');

    const second = await startTps(options);
    expect(second.caCertificatePem).toBe(first.caCertificatePem);
    expect(second.tokens.all()).toEqual(first.tokens.all());
    expect(second.tokens.archivedKeys()).toEqual(first.tokens.archivedKeys());
    const { end } = await converse({ url: second.url, card, operation: resetPin });
    await second.close();
    expect(end).toEqual({ result: 0, code: 0 });
  });

  test.each(['{', '[]', '{"tokens":[]}'])('a broken one is refused: %s', async text => {
    const stateFile = join(folder, 'broken.json');
    await writeFile(stateFile, text);
    await expect(startTps({ stateFile })).rejects.toMatchObject({ code: 'malformed-data' });
  });
});

test('a port that is taken is an error, and leaves nothing listening', async () => {
  const port = portOf(tps.url);
  await expect(startTps({ port })).rejects.toThrow('EADDRINUSE');
  await expect(startTps({ httpsPort: port })).rejects.toThrow('EADDRINUSE');
});

test('a client that sends no request gets no answer and does no harm', async () => {
  const request = httpRequest(tps.url, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
  request.on('error', () => undefined);
  request.flushHeaders();
  request.destroy();
  expect((await fetch(tps.phoneHomeUrl)).status).toBe(200);
});
