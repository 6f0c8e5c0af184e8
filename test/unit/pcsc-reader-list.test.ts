/** What pcscd says of its readers, put together by pieces that do not quite belong together. */
import { describe, expect, test } from 'vitest';
import { ReaderList } from '../../src/pcsc/reader-list.js';
import type { ReaderState } from '../../src/pcsc/types.js';

// SCARD_STATE_* of pcsclite.h.
const empty = 0x10;
const present = 0x20;
const mute = 0x220;

const atr = Uint8Array.of(0x3b, 0x90, 0x00);
const none = new Uint8Array(0);

/** Of one reader whose reports are given, each as state, count and ATR. */
function seen(
  ...reports: readonly (readonly [state: number, count: number, atr: Uint8Array])[]
): ReaderState[] {
  const list = new ReaderList();
  return reports.flatMap(([state, count, reported]) => {
    list.update([{ name: 'A Reader', state: ((count << 16) | state) >>> 0, atr: reported }]);
    return list.readers;
  });
}

function countsOf(states: readonly ReaderState[]): number[] {
  return states.map(({ eventCount }) => eventCount);
}

describe('pcscd says that a card came or went before it counts it', () => {
  test('which is one insertion, and one removal', () => {
    const states = seen(
      [empty, 6, none],
      [present, 6, atr],
      [present, 7, atr],
      [empty, 7, none],
      [empty, 8, none],
      [present, 9, atr],
    );
    expect(countsOf(states)).toEqual([6, 7, 7, 8, 8, 9]);
  });

  test('a card that was changed for another meanwhile is another insertion', () => {
    const states = seen([empty, 6, none], [present, 6, atr], [present, 9, atr]);
    expect(countsOf(states)).toEqual([6, 7, 9]);
  });

  test('where its count goes over to 0', () => {
    const states = seen([empty, 0xffff, none], [present, 0xffff, atr], [present, 0, atr], [empty, 1, none]);
    expect(countsOf(states)).toEqual([0xffff, 0x10000, 0x10000, 0x10001]);
  });

  test('insertions that it never counts are told apart all the same', () => {
    const states = seen([present, 6, atr], [empty, 6, none], [present, 6, atr], [empty, 6, none]);
    expect(new Set(countsOf(states)).size).toBe(4);
  });
});

test('two changes that were seen as one are two', () => {
  expect(countsOf(seen([present, 1, atr], [present, 3, atr]))).toEqual([1, 3]);
});

test('a card keeps its ATR until it is gone', () => {
  const states = seen([present, 1, atr], [present, 1, none], [empty, 2, none]);
  expect(states.map(state => state.atr)).toEqual([atr, atr, none]);
});

test('a mute card has none, whatever was there before it', () => {
  const states = seen([mute, 1, atr], [mute, 1, none]);
  expect(states.map(state => state.atr)).toEqual([none, none]);
});
