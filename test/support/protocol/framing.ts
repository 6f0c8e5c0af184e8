import { concatBytes } from '../../../src/base/bytes.js';
import type { TpsMessage } from '../../../src/protocol/message.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

export function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** A plain reading of a chunked body, apart from the program's own. */
export function dechunk(body: Uint8Array): Uint8Array {
  let content = '';
  for (let rest = latin1(body); rest !== '';) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (size === 0) break;
    content += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
  }
  return ascii(content);
}

export function chunk(content: Uint8Array): Uint8Array {
  return concatBytes(ascii(`${content.length.toString(16)}\r\n`), content, ascii('\r\n'));
}

export const lastChunk = ascii('0\r\n\r\n');

/** The head of a Dogtag TPS, with its two Transfer-Encoding lines and its empty reason. */
export const dogtagHead = ascii(
  'HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nDate: Mon, 23 Nov 2026 08:26:14 GMT\r\n\r\n',
);

/** What a client sent: the head once, then the messages as they come. */
export class ClientSide {
  public head = '';
  /** The messages' own bytes, without framing. */
  public content: Uint8Array = new Uint8Array();
  public readonly messages: TpsMessage[] = [];
  private readonly reader = new MessageReader();

  /** @returns the messages among the bytes of one write. */
  public written(bytes: Uint8Array): TpsMessage[] {
    let body = bytes;
    if (this.head === '') {
      const end = latin1(bytes).indexOf('\r\n\r\n') + 4;
      this.head = latin1(bytes.slice(0, end));
      body = bytes.slice(end);
    }
    const content = dechunk(body);
    this.content = concatBytes(this.content, content);
    this.reader.push(content);
    const fresh: TpsMessage[] = [];
    for (let next = this.reader.next(); next !== undefined; next = this.reader.next()) fresh.push(next);
    this.messages.push(...fresh);
    return fresh;
  }
}
