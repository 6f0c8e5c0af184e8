import { encodeMessage } from '../../../src/protocol/message-encoder.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';
import { ChunkedResponseReader } from '../../../src/protocol/http.js';
import { Failure } from '../../../src/base/failure.js';
import { chunk, dogtagHead, lastChunk } from './framing.js';
import { transcripts } from './transcripts.js';

/** A small generator with a seed (mulberry32), so that a run can be repeated. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What parsers trip over. */
const tokens = [
  's=',
  '&',
  '=',
  '%',
  '%4',
  '+',
  '\r\n',
  '\0',
  '0',
  '-1',
  '65536',
  '65537',
  '99999',
  '999999999999',
  'msg_type=9&pdu_size=',
  'pdu_data=',
  'required_parameter0=',
  'HTTP/1.1 200 \r\n',
  'Transfer-Encoding: chunked\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  'ffffffff\r\n',
  ';',
].map(token => new Uint8Array(Buffer.from(token, 'latin1')));

/** Real messages, small ones first, to be damaged. */
export function seeds(): Uint8Array[] {
  const messages = transcripts().flatMap(({ client, server }) => [...client.messages, ...server.messages]);
  const byType = new Map(messages.map(message => [message.type, encodeMessage(message)]));
  return [...byType.values()];
}

/** @returns the seed with a few bytes changed, taken out, doubled, or tokens put in. */
export function damaged(seed: Uint8Array, below: (limit: number) => number): Uint8Array {
  const bytes = [...seed];
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const at = below(bytes.length + 1);
    switch (below(5)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = below(256);
        break;
      case 1:
        bytes.splice(at, 1 + below(8));
        break;
      case 2:
        bytes.splice(at, 0, ...(tokens[below(tokens.length)] ?? []));
        break;
      case 3:
        bytes.splice(at, 0, ...bytes.slice(at, at + below(32)));
        break;
      default:
        bytes.length = at;
    }
    if (bytes.length === 0) bytes.push(below(256));
  }
  return Uint8Array.from(bytes);
}

export interface FuzzCount {
  inputs: number;
  messages: number;
  failures: number;
}

/**
 * Feeds damaged messages to the message reader and damaged responses to the HTTP reader, cut anywhere.
 * @throws whatever is thrown that is no Failure of the protocol.
 */
export function fuzz(
  inputs: number,
  seed: number,
  progress: (count: FuzzCount) => void = () => undefined,
): FuzzCount {
  const below = random(seed);
  const messages = seeds();
  const responses = messages.map(message =>
    Buffer.concat([dogtagHead, chunk(message), chunk(message), lastChunk]),
  );
  const count: FuzzCount = { inputs: 0, messages: 0, failures: 0 };
  while (count.inputs < inputs) {
    const http = count.inputs % 2 === 1;
    const sources = http ? responses : messages;
    const input = damaged(sources[below(sources.length)] ?? new Uint8Array(), below);
    try {
      count.messages += http ? throughHttp(input, below) : throughMessages(input, below);
    } catch (error) {
      if (!isExpected(error)) throw new Error(`seed ${seed}, input ${count.inputs}`, { cause: error });
      count.failures += 1;
    }
    count.inputs += 1;
    if (count.inputs % 10_000 === 0) progress(count);
  }
  return count;
}

function isExpected(error: unknown): boolean {
  const codes = ['protocol-violation', 'not-a-tps', 'http-status'];
  return error instanceof Failure && codes.includes(error.code);
}

function throughMessages(input: Uint8Array, below: (limit: number) => number): number {
  const reader = new MessageReader();
  let messages = 0;
  for (let at = 0; at < input.length;) {
    const size = 1 + below(300);
    reader.push(input.slice(at, at + size));
    at += size;
    while (reader.next() !== undefined) messages += 1;
  }
  return messages;
}

function throughHttp(input: Uint8Array, below: (limit: number) => number): number {
  const response = new ChunkedResponseReader();
  const reader = new MessageReader();
  let messages = 0;
  let content = 0;
  for (let at = 0; at < input.length;) {
    const size = 1 + below(300);
    const piece = response.push(input.slice(at, at + size));
    content += piece.length;
    at += size;
    reader.push(piece);
    while (reader.next() !== undefined) messages += 1;
  }
  if (content > input.length) throw new Error('more content than was sent');
  return messages;
}
