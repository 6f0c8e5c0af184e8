import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes } from '../../../src/base/bytes.js';
import { MessageReader, type TpsMessage } from '../../../src/protocol/message.js';

const folder = join(import.meta.dirname, '../../transcripts');

/** One direction of a recorded conversation. */
export interface Recording {
  /** The HTTP head with its empty line. */
  readonly head: Uint8Array;
  /** As it was sent, chunk framing included. */
  readonly body: Uint8Array;
  readonly messages: readonly TpsMessage[];
  /** Each message's bytes, `s=LEN&` included. */
  readonly encoded: readonly Uint8Array[];
}

export interface Transcript {
  readonly name: string;
  readonly client: Recording;
  readonly server: Recording;
}

/** All conversations with a real TPS. */
export function transcripts(): Transcript[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.c2s.bin'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.c2s.bin'.length);
      return { name, client: readRecording(`${name}.c2s.bin`), server: readRecording(`${name}.s2c.bin`) };
    });
}

function readRecording(file: string): Recording {
  const bytes = new Uint8Array(readFileSync(join(folder, file)));
  const text = Buffer.from(bytes).toString('latin1');
  const bodyStart = text.indexOf('\r\n\r\n') + 4;
  const body = bytes.slice(bodyStart);
  const content = dechunk(text.slice(bodyStart));
  const reader = new MessageReader();
  reader.push(new Uint8Array(Buffer.from(content, 'latin1')));
  const messages: TpsMessage[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  const encoded = cutMessages(content);
  if (encoded.length !== messages.length) throw new Error(`${file}: the two ways to read it differ`);
  return { head: bytes.slice(0, bodyStart), body, messages, encoded };
}

/** A plain reading of recorded chunks, apart from the program's own. */
function dechunk(text: string): string {
  let content = '';
  for (let rest = text; rest !== '';) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (size === 0) break;
    content += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
  }
  return content;
}

function cutMessages(content: string): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let rest = content; rest !== '';) {
    const match = /^s=(\d+)&/.exec(rest);
    if (match === null) throw new Error('a recorded message does not begin with s=');
    const size = match[0].length + Number(match[1]);
    messages.push(new Uint8Array(Buffer.from(rest.slice(0, size), 'latin1')));
    rest = rest.slice(size);
  }
  return messages;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts);
}
