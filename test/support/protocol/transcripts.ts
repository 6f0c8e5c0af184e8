import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageType, TpsMessage } from '../../../src/protocol/message.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';
import { dechunk } from './framing.js';

const folder = join(import.meta.dirname, '../../transcripts');

/** One direction of a recorded conversation. */
export interface Recording {
  /** The HTTP head with its empty line. */
  readonly head: Uint8Array;
  /** As it was sent, chunk framing included. */
  readonly body: Uint8Array;
  /** Without framing. */
  readonly content: Uint8Array;
  readonly messages: readonly TpsMessage[];
  /** Where each message ends in the content. */
  readonly ends: readonly number[];
}

export interface Transcript {
  readonly name: string;
  readonly client: Recording;
  readonly server: Recording;
  /** The reply to each of the server's requests, those included that the recording lacks. */
  readonly replies: readonly TpsMessage[];
  /** Every reply is in the recording. */
  readonly whole: boolean;
}

/** All conversations with a real TPS. */
export function transcripts(): Transcript[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.c2s.bin'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.c2s.bin'.length);
      const client = readRecording(`${name}.c2s.bin`);
      const server = readRecording(`${name}.s2c.bin`);
      const replies = repliesOf(client, server);
      return { name, client, server, replies, whole: replies.length === client.messages.length - 1 };
    });
}

function readRecording(file: string): Recording {
  const bytes = new Uint8Array(readFileSync(join(folder, file)));
  const bodyStart = Buffer.from(bytes).indexOf('\r\n\r\n') + 4;
  const body = bytes.slice(bodyStart);
  const content = dechunk(body);
  const reader = new MessageReader();
  reader.push(content);
  const messages: TpsMessage[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  return { head: bytes.slice(0, bodyStart), body, content, messages, ends: endsOf(content) };
}

/** By the lengths alone, apart from the program's own reader. */
function endsOf(content: Uint8Array): number[] {
  const text = Buffer.from(content).toString('latin1');
  const ends: number[] = [];
  for (let at = 0; at < text.length;) {
    const match = /^s=(\d+)&/.exec(text.slice(at, at + 10));
    if (match === null) throw new Error('a recorded message does not begin with s=');
    at += match[0].length + Number(match[1]);
    ends.push(at);
  }
  return ends;
}

const answersTo: Readonly<Partial<Record<MessageType, MessageType>>> = {
  'login-request': 'login-response',
  'extended-login-request': 'extended-login-response',
  'pdu-request': 'pdu-response',
  'status-request': 'status-response',
  'new-pin-request': 'new-pin-response',
};

/**
 * The recorded client could not answer the extended login, nor the command 84 55 in some recordings:
 * what stood in for it then was not recorded in its stream, but with the transcripts.
 */
const standIns: Readonly<Partial<Record<MessageType, TpsMessage>>> = {
  'extended-login-request': {
    type: 'extended-login-response',
    answers: new Map([
      ['UID', 'jsmith'],
      ['PASSWORD', 'secret'],
    ]),
  },
  'pdu-request': { type: 'pdu-response', pdu: Uint8Array.of(0x90, 0x00) },
};

function repliesOf(client: Recording, server: Recording): TpsMessage[] {
  const recorded = client.messages.slice(1);
  const requests = server.messages.filter(message => message.type !== 'end-op');
  let missing = requests.length - recorded.length;
  return requests.map(request => {
    const clearsKeySlots = request.type === 'pdu-request' && request.pdu[1] === 0x55 && missing > 0;
    if (recorded[0]?.type === answersTo[request.type] && !clearsKeySlots)
      return recorded.shift() as TpsMessage;
    missing -= 1;
    const standIn = standIns[request.type];
    if (standIn === undefined) throw new Error(`the recording lacks a reply to ${request.type}`);
    return standIn;
  });
}
