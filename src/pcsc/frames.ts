/** The protocol of the shim, shim/PROTOCOL.md, as values. */
import { ByteReader, concatBytes, u32 } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import type { Result } from './results.js';
import type { Disposition, ShareMode } from './types.js';

export const protocolVersion = 1;

/** Bytes of the longest command or answer of a card: an extended APDU at its largest. */
export const longestApdu = 65548;

/** Bytes of the longest frame that the shim sends, its length field not counted: an answer to transmit. */
const longestFrame = 1 + 4 + 4 + 1 + 255 + longestApdu;

export type Request =
  | { readonly operation: 'ping' }
  | {
      readonly operation: 'connect';
      readonly connection: number;
      readonly share: ShareMode;
      readonly reader: string;
    }
  | { readonly operation: 'disconnect'; readonly connection: number; readonly disposition: Disposition }
  | {
      readonly operation: 'reconnect';
      readonly connection: number;
      readonly share: ShareMode;
      readonly initialization: Disposition;
    }
  | { readonly operation: 'begin'; readonly connection: number }
  | { readonly operation: 'end'; readonly connection: number; readonly disposition: Disposition }
  | { readonly operation: 'transmit'; readonly connection: number; readonly command: Uint8Array };

export type Operation = Request['operation'];

export type Service = 'running' | 'absent' | 'refused' | 'stopped' | 'incompatible' | 'error';

export interface ReaderReport {
  readonly name: string;
  /** dwEventState of SCardGetStatusChange: SCARD_STATE_* below, a count of insertions and removals in the upper 16 bits. */
  readonly state: number;
  readonly atr: Uint8Array;
}

export interface Answer {
  readonly kind: 'answer';
  readonly tag: number;
  readonly result: Result;
  readonly body: Uint8Array;
}

export type Frame =
  | Answer
  | { readonly kind: 'hello'; readonly version: number }
  | { readonly kind: 'service'; readonly service: Service; readonly result: Result }
  | { readonly kind: 'readers'; readonly readers: readonly ReaderReport[] };

const operations: Record<Operation, number> = {
  ping: 1,
  connect: 2,
  disconnect: 3,
  reconnect: 4,
  begin: 5,
  end: 6,
  transmit: 7,
};
const shareModes: Record<ShareMode, number> = { exclusive: 1, shared: 2 };
const dispositions: Record<Disposition, number> = { leave: 0, reset: 1, unpower: 2 };
const services: readonly (Service | undefined)[] = [
  undefined,
  'running',
  'absent',
  'refused',
  'stopped',
  'incompatible',
  'error',
];
const eitherProtocol = 3;

function bodyOf(request: Request): readonly Uint8Array[] {
  switch (request.operation) {
    case 'ping':
      return [];
    case 'connect':
      return [
        u32(request.connection),
        Uint8Array.of(shareModes[request.share], eitherProtocol),
        new TextEncoder().encode(request.reader),
      ];
    case 'reconnect':
      return [
        u32(request.connection),
        Uint8Array.of(shareModes[request.share], eitherProtocol, dispositions[request.initialization]),
      ];
    case 'begin':
      return [u32(request.connection)];
    case 'disconnect':
    case 'end':
      return [u32(request.connection), Uint8Array.of(dispositions[request.disposition])];
    case 'transmit':
      return [u32(request.connection), request.command];
  }
}

/** A whole frame: length, operation, tag, body. */
export function encodeRequest(tag: number, request: Request): Uint8Array {
  const body = bodyOf(request);
  const length = body.reduce((sum, part) => sum + part.length, 5);
  return concatBytes(u32(length), Uint8Array.of(operations[request.operation]), u32(tag), ...body);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const success: Result = { code: 0, name: 'SCARD_S_SUCCESS' };

function readResult(from: ByteReader): Result {
  const code = from.u32();
  const name = from.take(from.u8());
  return code === 0 ? success : { code, name: text(name) };
}

function readService(from: ByteReader): Frame {
  const service = services[from.u8()];
  if (service === undefined)
    throw new Failure('protocol-violation', 'the shim sent an unknown service state');
  return { kind: 'service', service, result: readResult(from) };
}

function readReaders(from: ByteReader): Frame {
  const readers = Array.from({ length: from.u8() }, () => {
    const name = text(from.take(from.u8()));
    const state = from.u32();
    return { name, state, atr: from.take(from.u8()).slice() };
  });
  return { kind: 'readers', readers };
}

/**
 * Reads one frame without its length field.
 * @throws Failure `protocol-violation`
 */
export function decodeFrame(frame: Uint8Array): Frame {
  const from = new ByteReader(frame);
  try {
    const type = from.u8();
    if (type >= 0x80) {
      const tag = from.u32();
      const result = readResult(from);
      return { kind: 'answer', tag, result, body: from.take(from.remaining).slice() };
    }
    if (type === 0x41) return { kind: 'hello', version: from.u16() };
    if (type === 0x42) return readService(from);
    if (type === 0x43) return readReaders(from);
    throw new Failure('protocol-violation', `the shim sent an unknown frame ${type}`);
  } catch (error) {
    throw error instanceof Failure && error.code === 'protocol-violation'
      ? error
      : new Failure('protocol-violation', 'the shim sent a frame that ends early', {}, { cause: error });
  }
}

/** Cuts a stream of bytes into frames. Holds no more than one frame and one chunk. */
export class FrameSplitter {
  private rest = new Uint8Array(0);

  /**
   * The frames that `chunk` completes, without their length fields; views, valid until the next call.
   * @throws Failure `protocol-violation` for a length that no frame has.
   */
  public push(chunk: Uint8Array): readonly Uint8Array[] {
    const bytes = this.rest.length === 0 ? chunk : concatBytes(this.rest, chunk);
    const frames: Uint8Array[] = [];
    let start = 0;
    while (bytes.length - start >= 4) {
      const length = new ByteReader(bytes.subarray(start)).u32();
      if (length === 0 || length > longestFrame)
        throw new Failure('protocol-violation', `the shim sent a frame of ${length} bytes`);
      if (bytes.length - start - 4 < length) break;
      frames.push(bytes.subarray(start + 4, start + 4 + length));
      start += 4 + length;
    }
    this.rest = bytes.slice(start);
    return frames;
  }
}
