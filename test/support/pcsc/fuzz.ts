import { frame, u32 } from './raw-shim.js';

/** xorshift32: the same requests for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function bytes(random: (below: number) => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random(256)));
}

/**
 * A request such as nobody should send: mostly of the right form with numbers that now and then fit together,
 * so that it gets past the first check, at times cut off, too long or plain noise.
 * Frames stay whole: noise that takes away the next frame's start would end the fuzzing.
 */
export function fuzzRequest(random: (below: number) => number, tag: number): Buffer {
  const connection = u32(random(8) === 0 ? random(0xffffffff) : random(40));
  const small = Buffer.of(random(5));
  // Now and then out of range.
  const access = Buffer.of(random(5), random(5));
  switch (random(14)) {
    case 0:
    case 1:
      return frame(2, tag, connection, access, Buffer.from('A Reader'));
    case 2:
      return frame(3, tag, connection, small);
    case 3:
      return frame(4, tag, connection, access, small);
    case 4:
      return frame(5, tag, connection);
    case 5:
      return frame(6, tag, connection, small);
    case 6:
    case 7:
      return frame(7, tag, connection, bytes(random, 1 + random(40)));
    case 8:
      return frame(7, tag, connection, Buffer.alloc(random(70_000)));
    case 9:
      return frame(random(256), tag, bytes(random, random(30)));
    case 10: {
      const length = random(5);
      return Buffer.concat([u32(length), bytes(random, length)]);
    }
    case 11:
      return frame(2, tag, connection, bytes(random, random(200)));
    case 12:
      return frame(1 + random(7), tag, connection.subarray(0, random(5)));
    default:
      return frame(1, tag);
  }
}
