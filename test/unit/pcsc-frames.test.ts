import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex, u16, u32 } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { decodeFrame, encodeRequest, FrameSplitter, longestApdu } from '../../src/pcsc/frames.js';
import type { Frame, Request } from '../../src/pcsc/frames.js';

const text = new TextEncoder();
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const number32 = fc.integer({ min: 0, max: 0xffffffff });
const name = fc.string({ unit: 'binary', maxLength: 30 });
const result = fc.record({ code: fc.integer({ min: 1, max: 0xffffffff }), name });

/** The shim's side, as PROTOCOL.md has it. */
function encodeFrame(frame: Frame): Uint8Array {
  const counted = (field: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(field.length), field);
  const parts = ((): Uint8Array[] => {
    switch (frame.kind) {
      case 'hello':
        return [Uint8Array.of(0x41), u16(frame.version)];
      case 'service': {
        const states = ['', 'running', 'absent', 'refused', 'stopped', 'incompatible', 'error'];
        const state = Uint8Array.of(0x42, states.indexOf(frame.service));
        return [state, u32(frame.result.code), counted(text.encode(frame.result.name))];
      }
      case 'readers':
        return [
          Uint8Array.of(0x43, frame.readers.length),
          ...frame.readers.flatMap(one => [counted(text.encode(one.name)), u32(one.state), counted(one.atr)]),
        ];
      case 'answer':
        return [
          Uint8Array.of(0x87),
          u32(frame.tag),
          u32(frame.result.code),
          counted(text.encode(frame.result.name)),
          frame.body,
        ];
    }
  })();
  return concatBytes(...parts);
}

const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('hello' as const), version: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({
    kind: fc.constant('service' as const),
    service: fc.constantFrom('running', 'absent', 'refused', 'stopped', 'incompatible', 'error'),
    result,
  }),
  fc.record({
    kind: fc.constant('readers' as const),
    readers: fc.array(fc.record({ name, state: number32, atr: bytes(33) }), { maxLength: 16 }),
  }),
  fc.record({ kind: fc.constant('answer' as const), tag: number32, result, body: bytes(300) }),
);

describe('requests', () => {
  test.each<[Request, string]>([
    [{ operation: 'ping' }, '00000005 01 01020304'],
    [
      { operation: 'connect', connection: 7, share: 'shared', reader: 'Ü' },
      '0000000D 02 01020304 00000007 02 03 C39C',
    ],
    [
      { operation: 'connect', connection: 7, share: 'exclusive', reader: 'A' },
      '0000000C 02 01020304 00000007 01 03 41',
    ],
    [{ operation: 'disconnect', connection: 7, disposition: 'unpower' }, '0000000A 03 01020304 00000007 02'],
    [
      { operation: 'reconnect', connection: 7, share: 'shared', initialization: 'reset' },
      '0000000C 04 01020304 00000007 02 03 01',
    ],
    [{ operation: 'begin', connection: 0xffffffff }, '00000009 05 01020304 FFFFFFFF'],
    [{ operation: 'end', connection: 7, disposition: 'leave' }, '0000000A 06 01020304 00000007 00'],
    [
      { operation: 'transmit', connection: 7, command: Uint8Array.of(0, 0xa4, 4, 0) },
      '0000000D 07 01020304 00000007 00A40400',
    ],
  ])('%o', (request, expected) => {
    expect(toHex(encodeRequest(0x01020304, request))).toBe(toHex(fromHex(expected)));
  });
});

describe('frames of the shim', () => {
  test('are read as they were meant', () => {
    fc.assert(
      fc.property(frames, frame => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  test('of success have its name', () => {
    const answer = decodeFrame(fromHex('87 00000001 00000000 00 9000'));
    expect(answer).toMatchObject({ result: { code: 0, name: 'SCARD_S_SUCCESS' }, body: fromHex('9000') });
  });

  test('come out of the stream whole, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 8 }), fc.array(fc.nat(400)), (sent, cuts) => {
        const stream = concatBytes(
          ...sent.flatMap(frame => {
            const encoded = encodeFrame(frame);
            return [u32(encoded.length), encoded];
          }),
        );
        const splitter = new FrameSplitter();
        const received: Frame[] = [];
        let start = 0;
        for (const cut of [...cuts, stream.length]) {
          received.push(...splitter.push(stream.slice(start, start + cut)).map(decodeFrame));
          start += cut;
        }
        expect(received).toEqual(sent);
      }),
    );
  });

  test('that hold the longest answer pass', () => {
    const frame = encodeFrame({
      kind: 'answer',
      tag: 1,
      result: { code: 1, name: 'x'.repeat(255) },
      body: new Uint8Array(longestApdu),
    });
    expect(new FrameSplitter().push(concatBytes(u32(frame.length), frame))).toHaveLength(1);
  });

  test('of any other content are a Failure or a frame, never anything else', () => {
    fc.assert(
      fc.property(bytes(60), noise => {
        try {
          decodeFrame(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          expect((error as Failure).code).toBe('protocol-violation');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['00000000', '00100000', 'FFFFFFFF'])('of length %s are refused at once', length => {
    expect(() => new FrameSplitter().push(fromHex(length))).toThrow(/protocol-violation/);
  });
});
