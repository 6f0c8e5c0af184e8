import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cancellation } from '../../../src/base/cancellation.js';
import { concatBytes, equalBytes, fromHex, toHex } from '../../../src/base/bytes.js';
import type { CardChannel } from '../../../src/card/channel.js';
import { OperationAnswers } from '../../../src/protocol/answers.js';
import type { MessageOf, TpsMessage } from '../../../src/protocol/message.js';
import { encodeMessage } from '../../../src/protocol/message-encoder.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';
import { runOperation, type OperationKind, type Outcome } from '../../../src/protocol/operations.js';
import type { LoginAnswers, Prompter } from '../../../src/protocol/ports.js';
import { parseTpsUrl } from '../../../src/protocol/url.js';
import { FakeClock } from '../../support/protocol/fake-clock.js';
import { chunk, ClientSide, lastChunk } from '../../support/protocol/framing.js';
import { MemoryStream, type Split } from '../../support/protocol/memory-stream.js';
import { transcripts, type Transcript } from '../../support/protocol/transcripts.js';

/** The server's bytes in any chunks, and up to where each is sent after the first, second… message of the client. */
interface ServerBytes {
  readonly bytes: Uint8Array;
  readonly released: readonly number[];
}

/** A server that sends as much as the recorded one had sent at that point. */
function recordedServer(
  { bytes, released }: ServerBytes,
  split: Split,
): { readonly client: ClientSide; readonly stream: MemoryStream } {
  const client = new ClientSide();
  let sent = 0;
  const stream = new MemoryStream(written => {
    client.written(written);
    const end = released[client.messages.length - 1] ?? bytes.length;
    stream.feed(bytes.slice(sent, end));
    sent = Math.max(sent, end);
    if (sent === bytes.length) stream.end();
  }, split);
  return { client, stream };
}

/** The card of the recording: expects its commands, gives its answers. */
class RecordedCard implements CardChannel {
  private readonly commands: Uint8Array[];
  private readonly answers: Uint8Array[];

  public constructor({ server, replies }: Transcript) {
    this.commands = server.messages.filter(message => message.type === 'pdu-request').map(({ pdu }) => pdu);
    this.answers = replies.filter(message => message.type === 'pdu-response').map(({ pdu }) => pdu);
  }

  public transmit(command: Uint8Array): Promise<Uint8Array> {
    expect(toHex(command)).toBe(toHex(this.commands.shift() ?? new Uint8Array()));
    return Promise.resolve(this.answers.shift() ?? new Uint8Array());
  }
}

function replyOf<T extends TpsMessage['type']>(transcript: Transcript, type: T): MessageOf<T> | undefined {
  return transcript.replies.find((message): message is MessageOf<T> => message.type === type);
}

function recordedLogin(transcript: Transcript): LoginAnswers {
  const plain = replyOf(transcript, 'login-response');
  if (plain === undefined) return replyOf(transcript, 'extended-login-response')?.answers ?? new Map();
  return new Map([
    ['UID', plain.screenName],
    ['PASSWORD', plain.password],
  ]);
}

function recordedPrompter(transcript: Transcript): Prompter {
  return {
    login: request => Promise.resolve(request.refused ? undefined : recordedLogin(transcript)),
    newPin: () => Promise.resolve(replyOf(transcript, 'new-pin-response')?.pin),
  };
}

function beginOf({ client }: Transcript): MessageOf<'begin-op'> {
  const [begin] = client.messages;
  if (begin?.type !== 'begin-op') throw new Error('a recording begins with another message');
  return begin;
}

const kinds: Readonly<Record<number, OperationKind>> = { 1: 'enroll', 3: 'reset-pin', 5: 'format' };

async function replay(
  transcript: Transcript,
  server: ServerBytes,
  split: Split,
  prompted = true,
): Promise<{ outcome: Outcome; client: ClientSide }> {
  const { client, stream } = recordedServer(server, split);
  const { operation, extensions } = beginOf(transcript);
  const answers = new OperationAnswers();
  if (!prompted) {
    answers.rememberLogin('login', recordedLogin(transcript));
    answers.rememberPin(replyOf(transcript, 'new-pin-response')?.pin ?? 'unused');
  }
  const outcome = await runOperation(
    {
      kind: kinds[operation] ?? 'enroll',
      tps: parseTpsUrl('http://pki.example.com:8080/tps/tps'),
      tokenType: extensions.get('tokenType') ?? '',
      atr: fromHex(extensions.get('tokenATR') ?? '3B00'),
      clientVersion: extensions.get('clientVersion') ?? 'none',
    },
    {
      connector: { connect: () => Promise.resolve(stream) },
      card: new RecordedCard(transcript),
      prompter: recordedPrompter(transcript),
      clock: new FakeClock(),
      cancellation: new Cancellation(),
      answers,
      onProgress: () => undefined,
    },
  );
  expect(stream.closed).toBe(true);
  return { outcome, client };
}

/** The recorded bytes as they are. */
function asRecorded({ server }: Transcript): ServerBytes {
  const text = Buffer.from(server.body).toString('latin1');
  const released: number[] = [];
  let content = 0;
  for (let at = 0; at < text.length;) {
    const line = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) break;
    at = line + 2 + size + 2;
    content += size;
    while (released.length < server.ends.length && (server.ends[released.length] ?? 0) <= content)
      released.push(server.head.length + at);
  }
  released.pop();
  return { bytes: concatBytes(server.head, server.body), released };
}

/** The recorded messages cut into other chunks. @param sizes of the chunks, used again and again. */
function inChunks({ server }: Transcript, sizes: readonly number[]): ServerBytes {
  const parts = [server.head];
  const released: number[] = [];
  let length = server.head.length;
  let start = 0;
  let count = 0;
  for (const end of server.ends) {
    while (start < end) {
      const size = Math.min(end - start, sizes[count % sizes.length] ?? 1);
      const part = chunk(server.content.slice(start, start + size));
      parts.push(part);
      length += part.length;
      start += size;
      count += 1;
    }
    released.push(length);
  }
  released.pop();
  return { bytes: concatBytes(...parts, lastChunk), released };
}

/** Everything at once, whatever the client has said. */
function atOnce(server: ServerBytes): ServerBytes {
  return { bytes: server.bytes, released: [] };
}

function expectRecordedEnd(transcript: Transcript, outcome: Outcome): void {
  const last = transcript.server.messages.at(-1);
  if (last?.type !== 'end-op') throw new Error('a recording ends without END_OP');
  if (last.result === 0) expect(outcome).toEqual({ kind: 'done', cardTouched: true });
  else {
    expect(outcome).toMatchObject({ kind: 'failed', cardTouched: false });
    const { failure } = outcome as Extract<Outcome, { kind: 'failed' }>;
    expect(failure.code).toBe(last.message === 14 ? 'login-refused' : 'server-refused');
    expect(failure.facts.serverCode).toBe(last.message);
    expect(failure.facts.server).toBe('pki.example.com:8080');
  }
}

function expectRecordedMessages(transcript: Transcript, client: ClientSide): void {
  const [begin, ...replies] = client.messages;
  expect(begin).toMatchObject({ type: 'begin-op', operation: beginOf(transcript).operation });
  expect(replies).toEqual(transcript.replies);
}

describe.each(transcripts())('$name', transcript => {
  test('every message survives encoding and decoding', () => {
    for (const message of [...transcript.client.messages, ...transcript.server.messages]) {
      const reader = new MessageReader();
      reader.push(encodeMessage(message));
      expect(reader.next()).toEqual(message);
    }
  });

  test.each<[string, Split]>([
    ['in the segments of the recording', available => available],
    ['byte by byte', () => 1],
  ])('replays from the recorded bytes, %s', async (_, split) => {
    const { outcome, client } = await replay(transcript, asRecorded(transcript), split);
    expectRecordedEnd(transcript, outcome);
    expectRecordedMessages(transcript, client);
  });

  test('replays when everything has come at once, with answers that are remembered', async () => {
    const { outcome, client } = await replay(transcript, atOnce(asRecorded(transcript)), all => all, false);
    expectRecordedEnd(transcript, outcome);
    expectRecordedMessages(transcript, client);
  });

  test('replays with every byte in a chunk of its own', async () => {
    const { outcome, client } = await replay(transcript, inChunks(transcript, [1]), all => all);
    expectRecordedEnd(transcript, outcome);
    expectRecordedMessages(transcript, client);
  });

  test('replays at any split into chunks and segments', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (chunks, segments) => {
        let count = 0;
        const split: Split = () => segments[(count += 1) % segments.length] ?? 1;
        const { outcome, client } = await replay(transcript, inChunks(transcript, chunks), split);
        expectRecordedEnd(transcript, outcome);
        expectRecordedMessages(transcript, client);
      }),
      { numRuns: 5 },
    );
  });
});

describe.each(transcripts().filter(({ name }) => name.startsWith('real-applet/')))('$name', transcript => {
  test('the client sends the recorded bytes', async () => {
    const { client } = await replay(transcript, asRecorded(transcript), all => all);
    expect(equalBytes(client.content, transcript.client.content)).toBe(true);
    expect(client.head).toBe(Buffer.from(transcript.client.head).toString('latin1'));
  });
});
