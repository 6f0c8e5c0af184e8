import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.js';
import type { TpsMessage } from '../../../src/protocol/message.js';
import { encodeMessage } from '../../../src/protocol/message-encoder.js';
import { ChunkedResponseReader, TpsChannel } from '../../../src/protocol/http.js';
import { parseTpsUrl } from '../../../src/protocol/url.js';
import { ascii, chunk, ClientSide, dogtagHead, lastChunk } from '../../support/protocol/framing.js';
import { MemoryStream } from '../../support/protocol/memory-stream.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const status: TpsMessage = { type: 'status-request', state: 10, task: 'PROGRESS_DONE' };
const statusChunk = text(chunk(encodeMessage(status)));

/** The content of a response that comes in one piece. */
function content(response: string): string {
  return text(new ChunkedResponseReader().push(ascii(response)));
}

function channelTo(
  response: Uint8Array | string,
  end = false,
): { channel: TpsChannel; stream: MemoryStream } {
  const stream = new MemoryStream(() => undefined);
  stream.feed(typeof response === 'string' ? ascii(response) : response);
  if (end) stream.end();
  return { channel: new TpsChannel(stream, parseTpsUrl('http://pki.example.com:8080/tps/tps')), stream };
}

const failure = (code: string): unknown => expect.objectContaining({ code });

describe('rule 1: the head of the response', () => {
  test.each([
    ['twice the same Transfer-Encoding, an empty reason', text(dogtagHead)],
    ['once', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['no space after the status', 'HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['names in any case', 'HTTP/1.1 200 OK\r\ntRANSFER-eNCODING:CHUNKED\r\n\r\n'],
    ['a list', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n'],
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n'],
    ['100 before it', `HTTP/1.1 100 Continue\r\n\r\n${text(dogtagHead)}`],
    ['103 with fields before it', `HTTP/1.1 103 Early\r\nContent-Type: text/html\r\n\r\n${text(dogtagHead)}`],
    ['text/plain', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ])('%s', (_, head) => {
    expect(content(`${head}5\r\nhello\r\n`)).toBe('hello');
  });

  test.each([302, 400, 404, 405, 500, 101])('status %i is an http-status', number => {
    const head = `HTTP/1.1 ${number} \r\nContent-Type: text/html\r\n\r\n`;
    expect(() => content(head)).toThrow(failure('http-status'));
    expect(() => content(head)).toThrow(
      expect.objectContaining({ detail: `HTTP ${number}`, facts: { result: `HTTP ${number}` } }),
    );
  });

  test.each([
    [
      'a web page',
      'HTTP/1.1 200 OK\r\nContent-Type: text/HTML;charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['not chunked', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x50'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ])('%s is not a TPS', (_, response) => {
    expect(() => content(response)).toThrow(failure('not-a-tps'));
  });

  test('a head without end is refused before it is held', () => {
    const reader = new ChunkedResponseReader();
    const line = ascii(`X-Long: ${'a'.repeat(1000)}\r\n`);
    reader.push(ascii('HTTP/1.1 200 OK\r\n'));
    expect(() => {
      for (let i = 0; i < 100; i += 1) reader.push(line);
    }).toThrow(failure('protocol-violation'));
  });

  test('interim responses without end are refused', () => {
    const reader = new ChunkedResponseReader();
    expect(() => {
      for (let i = 0; i < 2000; i += 1) reader.push(ascii('HTTP/1.1 100 \r\n\r\n'));
    }).toThrow(failure('protocol-violation'));
  });
});

describe('rule 2: chunks mean nothing', () => {
  test('extensions, upper and lower case, leading zeros, trailers', () => {
    const chunks = 'A;name="x";y\r\n0123456789\r\n00a \r\nabcdefghij\r\n0;last\r\nTrailer: yes\r\n\r\n';
    const reader = new ChunkedResponseReader();
    expect(text(reader.push(ascii(text(dogtagHead) + chunks)))).toBe('0123456789abcdefghij');
    expect(reader.ended).toBe(true);
    expect(reader.push(ascii('HTTP/1.1 200 OK\r\n'))).toHaveLength(0);
  });

  test.each([
    ['no size', '\r\nhello'],
    ['a size that is no number', 'xyz\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size of nine digits', '100000000\r\n'],
    ['data longer than its size', '3\r\nhello\r\n'],
    ['a line without end', 'a'.repeat(5000)],
    ['an extension without end', `1;${'a'.repeat(5000)}`],
    ['trailers without end', `0\r\n${'Trailer: yes\r\n'.repeat(500)}`],
  ])('%s is refused', (_, chunks) => {
    expect(() => content(text(dogtagHead) + chunks)).toThrow(failure('protocol-violation'));
  });

  test('any content in any chunks, cut anywhere, comes through', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(40)), (chunks, cuts) => {
        const response = concatBytes(dogtagHead, ...chunks.map(chunk), lastChunk);
        const reader = new ChunkedResponseReader();
        const got: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, response.length]) {
          got.push(reader.push(response.slice(at, at + cut)));
          at += cut;
        }
        expect(concatBytes(...got)).toEqual(concatBytes(...chunks));
        expect(reader.ended).toBe(true);
      }),
    );
  });

  test('a message over several chunks, and several messages in one', async () => {
    const message = encodeMessage(status);
    const { channel } = channelTo(
      concatBytes(
        dogtagHead,
        chunk(message.slice(0, 3)),
        chunk(message.slice(3, 20)),
        chunk(concatBytes(message.slice(20), message, message)),
      ),
    );
    for (let i = 0; i < 3; i += 1) expect(await channel.receive()).toEqual(status);
  });
});

describe('rule 4: the end of the connection', () => {
  test.each([
    ['the last chunk', '0\r\n\r\n'],
    ['nothing', ''],
    ['half a message', '10\r\ns=28&msg_type=15\r\n'],
  ])('a server that ends with %s before END_OP has hung up', async (_, end) => {
    const { channel } = channelTo(text(dogtagHead) + statusChunk + end, true);
    expect(await channel.receive()).toEqual(status);
    await expect(channel.receive()).rejects.toEqual(failure('server-closed'));
  });

  test('the last chunk on an open connection is enough', async () => {
    const { channel } = channelTo(`${text(dogtagHead)}0\r\n\r\n`);
    await expect(channel.receive()).rejects.toEqual(failure('server-closed'));
  });

  test('before a head', async () => {
    const { channel } = channelTo('', true);
    await expect(channel.receive()).rejects.toEqual(failure('server-closed'));
  });
});

describe('rule 5: one message to a chunk', () => {
  test('with the head before the first, all of it in one write', async () => {
    const writes: string[] = [];
    const stream = new MemoryStream(bytes => writes.push(text(bytes)));
    const channel = new TpsChannel(stream, parseTpsUrl('http://pki.example.com:8080/tps/tps?x=y'));
    await channel.send(encodeMessage({ type: 'status-response', state: 10 }));
    await channel.send(encodeMessage({ type: 'question-response', answer: 'Rex' }));
    expect(writes).toEqual([
      'POST /tps/tps?x=y HTTP/1.1\r\nHost: pki.example.com:8080\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n' +
        '21\r\ns=28&msg_type=15&current_state=10\r\n',
      '1a\r\ns=21&msg_type=8&answer=Rex\r\n',
    ]);
  });
});

test('content that is no message is not a TPS at first, and a violation later', async () => {
  const page = channelTo(`${text(dogtagHead)}6\r\n<html>\r\n`);
  await expect(page.channel.receive()).rejects.toEqual(failure('not-a-tps'));
  const later = channelTo(`${text(dogtagHead)}${statusChunk}6\r\n<html>\r\n`);
  await later.channel.receive();
  await expect(later.channel.receive()).rejects.toEqual(failure('protocol-violation'));
});

test('looking at what comes takes nothing, and reads only once', async () => {
  const { channel, stream } = channelTo(dogtagHead);
  const seen = channel.peek();
  const again = channel.peek();
  await channel.send(encodeMessage({ type: 'status-response', state: 1 }));
  stream.feed(ascii(statusChunk + statusChunk));
  expect(await seen).toEqual(status);
  expect(await again).toEqual(status);
  expect(await channel.receive()).toEqual(status);
  expect(await channel.receive()).toEqual(status);
});

test('a client’s own chunks can be read back', async () => {
  const client = new ClientSide();
  const stream = new MemoryStream(bytes => client.written(bytes));
  const channel = new TpsChannel(stream, parseTpsUrl('http://[::1]/tps/tps'));
  await channel.send(encodeMessage(status));
  expect(client.messages).toEqual([status]);
  expect(client.head).toContain('\r\nHost: [::1]\r\n');
});
