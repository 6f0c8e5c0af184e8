import { describe, expect, test } from 'vitest';
import { MessageReader } from '../../../src/protocol/message-reader.js';
import { ChunkedResponseReader } from '../../../src/protocol/http.js';
import { dogtagHead } from '../../support/protocol/framing.js';
import { fuzz, random } from '../../support/protocol/fuzz.js';

test('damaged input gives messages or a Failure, and nothing else', () => {
  const count = fuzz(20_000, 1);
  expect(count.inputs).toBe(20_000);
  expect(count.messages).toBeGreaterThan(1000);
  expect(count.failures).toBeGreaterThan(1000);
}, 60_000);

test('bytes without any sense', () => {
  const below = random(2);
  for (let i = 0; i < 2000; i += 1) {
    const bytes = Uint8Array.from({ length: below(200) }, () => below(256));
    for (const read of [
      () => {
        const reader = new MessageReader();
        reader.push(bytes);
        while (reader.next() !== undefined);
      },
      () => new ChunkedResponseReader().push(bytes),
    ])
      try {
        read();
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^(protocol-violation|not-a-tps|http-status)$/);
      }
  }
});

describe('what comes without end is taken in time and memory that stay in proportion', () => {
  test('a 64 KiB message, byte by byte', () => {
    const body = `msg_type=7&question=${'a'.repeat(0x10000 - 20)}`;
    const bytes = new TextEncoder().encode(`s=${body.length}&${body}`);
    const reader = new MessageReader();
    let messages = 0;
    for (const byte of bytes) {
      reader.push(Uint8Array.of(byte));
      if (reader.next() !== undefined) messages += 1;
    }
    expect(messages).toBe(1);
  });

  test('separators', () => {
    const reader = new MessageReader();
    const separators = new Uint8Array(1000);
    for (let i = 0; i < 2000; i += 1) {
      reader.push(separators);
      expect(reader.next()).toBeUndefined();
    }
  });

  test('a chunk of 4 GiB, of which 20 MiB come', () => {
    const reader = new ChunkedResponseReader();
    reader.push(dogtagHead);
    reader.push(new TextEncoder().encode('ffffffff\r\n'));
    const piece = new Uint8Array(0x4000);
    let content = 0;
    for (let i = 0; i < 1280; i += 1) content += reader.push(piece).length;
    expect(content).toBe(1280 * 0x4000);
  });
});
