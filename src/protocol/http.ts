import { bytesToText, concatBytes } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { ByteQueue } from './byte-queue.js';
import { violation, type TpsMessage } from './message.js';
import { MessageReader } from './message-reader.js';
import type { ByteStream } from './ports.js';
import { hostField, serverName, type TpsUrl } from './url.js';

const newLine = 0x0a;
/** All heads of one response together, interim ones included. */
const longestHead = 16384;
/** The line with a chunk's size and extensions; likewise all trailers together. */
const longestLine = 4096;
const readSize = 16384;

const encoder = new TextEncoder();
const chunkEnd = encoder.encode('\r\n');

/**
 * Reads a chunked HTTP/1.1 response (RFC 9112) from bytes however they are cut, and gives its content as it comes.
 * It holds no more than one line. Twice the same Transfer-Encoding, as Tomcat sends it for TPS, is taken for one.
 */
export class ChunkedResponseReader {
  private readonly queue = new ByteQueue();
  private state: 'status' | 'fields' | 'size' | 'data' | 'data-end' | 'trailers' | 'ended' = 'status';
  private status = 0;
  private codings: string[] = [];
  private contentType = '';
  /** Bytes of the head, or of the trailers, so far. */
  private headLength = 0;
  private left = 0;

  /** The terminating chunk and its trailers have come. */
  public get ended(): boolean {
    return this.state === 'ended';
  }

  /**
   * @returns the content among `bytes`; what follows the end is ignored.
   * @throws Failure `http-status` for any status but 200, `not-a-tps` for what is no chunked HTTP or is a web page,
   *   `protocol-violation` for damaged framing.
   */
  public push(bytes: Uint8Array): Uint8Array {
    if (this.ended) return new Uint8Array();
    this.queue.push(bytes);
    const content: Uint8Array[] = [];
    while (this.advance(content));
    return concatBytes(...content);
  }

  /** One step on. False when more bytes are needed, or none any more. */
  private advance(content: Uint8Array[]): boolean {
    switch (this.state) {
      case 'status':
        return this.readStatus();
      case 'fields':
        return this.readField();
      case 'size':
        return this.readSize();
      case 'data':
        return this.readData(content);
      case 'data-end':
        return this.readDataEnd();
      case 'trailers':
        return this.readTrailer();
      case 'ended':
        return false;
    }
  }

  private readStatus(): boolean {
    const expected = 'HTTP/1.';
    for (let i = 0; i < Math.min(expected.length, this.queue.length); i += 1)
      if (this.queue.at(i) !== expected.charCodeAt(i)) throw notATps('the answer is not HTTP/1.1');
    const line = this.takeHeadLine();
    if (line === undefined) return false;
    const status = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(line)?.[1];
    if (status === undefined) throw notATps('the answer has no HTTP status');
    this.status = Number.parseInt(status, 10);
    this.codings = [];
    this.contentType = '';
    this.state = 'fields';
    return true;
  }

  private readField(): boolean {
    const line = this.takeHeadLine();
    if (line === undefined) return false;
    if (line === '') return this.endHead();
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'transfer-encoding')
      this.codings.push(...value.split(',').map(coding => coding.trim().toLowerCase()));
    if (name === 'content-type') this.contentType = value.toLowerCase();
    return true;
  }

  private endHead(): boolean {
    const interim = this.status >= 100 && this.status < 200 && this.status !== 101;
    this.state = interim ? 'status' : 'size';
    if (interim) return true;
    if (this.status !== 200)
      throw new Failure('http-status', `HTTP ${this.status}`, { result: `HTTP ${this.status}` });
    if (this.contentType.startsWith('text/html')) throw notATps('the answer is a web page');
    if (this.codings.length === 0 || this.codings.some(coding => coding !== 'chunked'))
      throw notATps('the answer is not sent in chunks');
    return true;
  }

  private readSize(): boolean {
    const line = this.takeLine(longestLine);
    if (line === undefined) return false;
    const size = /^[ \t]*([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(line)?.[1];
    if (size === undefined) throw violation('a chunk has no size');
    this.left = Number.parseInt(size, 16);
    this.headLength = 0;
    this.state = this.left === 0 ? 'trailers' : 'data';
    return true;
  }

  private readData(content: Uint8Array[]): boolean {
    const taken = this.queue.take(this.left);
    if (taken.length === 0) return false;
    content.push(taken);
    this.left -= taken.length;
    if (this.left === 0) this.state = 'data-end';
    return true;
  }

  private readDataEnd(): boolean {
    const line = this.takeLine(2);
    if (line === undefined) return false;
    if (line !== '') throw violation('a chunk is longer than its size says');
    this.state = 'size';
    return true;
  }

  private readTrailer(): boolean {
    const line = this.takeLine(longestLine - this.headLength);
    if (line === undefined) return false;
    this.headLength += line.length + 1;
    if (line === '') this.state = 'ended';
    return true;
  }

  private takeHeadLine(): string | undefined {
    const line = this.takeLine(longestHead - this.headLength);
    if (line !== undefined) this.headLength += line.length + 1;
    return line;
  }

  /** The next line without its end, undefined while it has not come. One byte stands for one character. */
  private takeLine(limit: number): string | undefined {
    const end = this.queue.indexOf(newLine);
    if ((end === -1 ? this.queue.length : end) >= limit)
      throw violation(`a line of the HTTP response is longer than ${limit} bytes`);
    if (end === -1) return undefined;
    return bytesToText(this.queue.take(end + 1)).replace(/\r?\n$/, '');
  }
}

/**
 * One operation's connection to TPS: one POST whose request and response bodies are open at the same time,
 * with one message to a chunk on the way out.
 */
export class TpsChannel {
  private readonly response = new ChunkedResponseReader();
  private readonly messages = new MessageReader();
  private headSent = false;
  private anyMessage = false;
  private coming: Promise<TpsMessage> | undefined;

  public constructor(
    private readonly stream: ByteStream,
    private readonly tps: TpsUrl,
  ) {}

  /** @param message encoded. @throws as ByteStream.write */
  public send(message: Uint8Array): Promise<void> {
    const head = this.headSent ? '' : this.head();
    this.headSent = true;
    return this.stream.write(
      concatBytes(encoder.encode(`${head}${message.length.toString(16)}\r\n`), message, chunkEnd),
    );
  }

  /**
   * Takes the next message.
   * @throws Failure `server-closed` where the server ended the connection, those of ChunkedResponseReader,
   *   MessageReader and ByteStream.
   */
  public receive(): Promise<TpsMessage> {
    const message = this.coming ?? this.readMessage();
    this.coming = undefined;
    return message;
  }

  /** The next message, left to be received: shows while a person is asked that the server speaks or hangs up. */
  public peek(): Promise<TpsMessage> {
    if (this.coming === undefined) {
      this.coming = this.readMessage();
      this.coming.catch(() => undefined);
    }
    return this.coming;
  }

  public close(): void {
    this.stream.close();
  }

  private head(): string {
    const { server, path } = this.tps;
    return [
      `POST ${path} HTTP/1.1`,
      `Host: ${hostField(server)}`,
      'Transfer-Encoding: chunked',
      'Content-Type: text/plain',
      '\r\n',
    ].join('\r\n');
  }

  private async readMessage(): Promise<TpsMessage> {
    for (;;) {
      const message = this.nextMessage();
      if (message !== undefined) return message;
      const bytes = this.response.ended ? new Uint8Array() : await this.stream.read(readSize);
      if (bytes.length === 0)
        throw new Failure(
          'server-closed',
          `${serverName(this.tps.server)} hung up before the operation ended`,
        );
      this.messages.push(this.response.push(bytes));
    }
  }

  private nextMessage(): TpsMessage | undefined {
    try {
      const message = this.messages.next();
      this.anyMessage ||= message !== undefined;
      return message;
    } catch (error) {
      if (this.anyMessage || !(error instanceof Failure)) throw error;
      throw new Failure('not-a-tps', error.detail, error.facts, { cause: error });
    }
  }
}

function notATps(detail: string): Failure {
  return new Failure('not-a-tps', detail);
}
