import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { answerData, ask, buildCommand, exchange, requireSuccess, statusWord } from '../../src/card/apdu.js';
import type { CardChannel } from '../../src/card/channel.js';

/** Answers each expected command, in order; anything else fails the test. */
function scripted(...dialogue: readonly (readonly [string, string])[]): CardChannel & { done(): boolean } {
  let step = 0;
  return {
    done: () => step === dialogue.length,
    transmit: command => {
      const [expected, answer] = dialogue[step] ?? ['nothing more', ''];
      step += 1;
      expect(toHex(command)).toBe(expected.replaceAll(' ', ''));
      return Promise.resolve(fromHex(answer));
    },
  };
}

const run = async (command: string, ...dialogue: readonly (readonly [string, string])[]): Promise<string> => {
  const channel = scripted(...dialogue);
  const answer = await exchange(channel, fromHex(command));
  expect(channel.done()).toBe(true);
  return toHex(answer);
};

describe('building', () => {
  test.each([
    ['case 1', undefined, undefined, '00A40400'],
    ['case 2', undefined, 256, '00A4040000'],
    ['case 3', '0102', undefined, '00A40400020102'],
    ['case 4', '0102', 8, '00A4040002010208'],
    ['case 2 extended', undefined, 65536, '00A40400000000'],
    ['case 4 extended by Le', '0102', 300, '00A404000000020102012C'],
  ])('%s', (_name, data, le, wanted) => {
    const built = buildCommand(
      { cla: 0, ins: 0xa4, p1: 4 },
      data === undefined ? undefined : fromHex(data),
      le,
    );
    expect(toHex(built)).toBe(wanted);
  });

  test('256 bytes of data make it extended', () => {
    const built = buildCommand({ cla: 0, ins: 1 }, new Uint8Array(256));
    expect(toHex(built.subarray(0, 7))).toBe('00010000000100');
    expect(built).toHaveLength(263);
  });

  test.each([
    [65536, 1],
    [0, 0],
    [0, 65537],
  ])('what no APDU can say is refused: %i bytes, Le %i', (length, le) => {
    expect(() => buildCommand({ cla: 0, ins: 1 }, new Uint8Array(length), le)).toThrow(Failure);
  });
});

describe('exchange', () => {
  test('a plain answer passes through', async () => {
    expect(await run('B0F2000004', ['B0F2000004', '0F0101019000'])).toBe('0F0101019000');
  });

  test('61xx is fetched, chained, and ends with the last status word', async () => {
    const got = await run(
      '00A40400020102',
      ['00A40400020102', '6102'],
      ['00C0000002', 'AABB6101'],
      ['00C0000001', 'CC6300'],
    );
    expect(got).toBe('AABBCC6300');
  });

  test('data before 61xx is kept and 6100 asks for 256', async () => {
    expect(await run('00CB3FFF00', ['00CB3FFF00', 'AA6100'], ['00C0000000', 'BB9000'])).toBe('AABB9000');
  });

  test.each([
    ['B0', '00'],
    ['84', '00'],
    ['0C', '00'],
    ['81', '01'],
    ['12', '02'],
    ['63', '43'],
    ['C2', '42'],
  ])('class %s fetches with class %s', async (cla, fetching) => {
    expect(await run(`${cla}560000`, [`${cla}560000`, '6101'], [`${fetching}C0000001`, 'AA9000'])).toBe(
      'AA9000',
    );
  });

  test.each([
    ['case 1', 'B03C0000', 'B03C000010'],
    ['case 2', 'B03C000000', 'B03C000010'],
    ['case 3', 'B0560000020102', 'B056000002010210'],
    ['case 4', 'B05600000201 0200', 'B056000002010210'],
    ['case 2 extended', 'B03C0000000000', 'B03C0000000010'],
    ['case 4 extended', 'B03C0000000001AA0000', 'B03C0000000001AA0010'],
    ['case 3 extended', 'B03C0000000001AA', 'B03C0000000001AA0010'],
  ])('6Cxx sends %s again with the right Le', async (_name, command, again) => {
    expect(await run(command, [command, '6C10'], [again, 'AA9000'])).toBe('AA9000');
  });

  test('6Cxx twice is the answer', async () => {
    expect(await run('B03C000000', ['B03C000000', '6C10'], ['B03C000010', '6C08'])).toBe('6C08');
  });

  test('GET RESPONSE with the wrong length is corrected too', async () => {
    expect(
      await run('00A40400', ['00A40400', '6105'], ['00C0000005', '6C02'], ['00C0000002', 'AABB9000']),
    ).toBe('AABB9000');
  });

  test('an answer without end is given up', async () => {
    let sent = 0;
    const endless: CardChannel = {
      transmit: () => {
        sent += 1;
        return Promise.resolve(Uint8Array.of(0x61, 0x10));
      },
    };
    await expect(exchange(endless, fromHex('00A40400'))).rejects.toMatchObject({
      code: 'protocol-violation',
    });
    expect(sent).toBeLessThan(1000);
  });

  test('an answer longer than any APDU is given up', async () => {
    const huge: CardChannel = {
      transmit: () => Promise.resolve(Uint8Array.from({ length: 40_000 }, () => 0x61)),
    };
    await expect(exchange(huge, fromHex('00A40400'))).rejects.toMatchObject({ code: 'protocol-violation' });
  });

  test.each(['', '90'])('an answer without a status word is malformed: "%s"', async answer => {
    const channel: CardChannel = { transmit: () => Promise.resolve(fromHex(answer)) };
    await expect(exchange(channel, fromHex('00A40400'))).rejects.toMatchObject({ code: 'malformed-data' });
  });

  test("the channel's failure passes through", async () => {
    const gone: CardChannel = { transmit: () => Promise.reject(new Failure('card-removed', 'gone')) };
    await expect(exchange(gone, fromHex('00A40400'))).rejects.toMatchObject({ code: 'card-removed' });
  });

  test('any answer cut into any 61xx pieces is put together again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 256 }), { minLength: 1, maxLength: 20 }),
        async pieces => {
          let next = 0;
          const channel: CardChannel = {
            transmit: command => {
              if (next > 0) expect(command[4] || 256).toBe(pieces[next]?.length);
              const piece = pieces[next] ?? new Uint8Array();
              next += 1;
              const following = pieces[next];
              const sw = following === undefined ? [0x90, 0x00] : [0x61, following.length & 0xff];
              return Promise.resolve(Uint8Array.from([...piece, ...sw]));
            },
          };
          const answer = await exchange(channel, fromHex('00A40400'));
          expect([...answerData(answer)]).toEqual(pieces.flatMap(piece => [...piece]));
          expect(statusWord(answer)).toBe(0x9000);
        },
      ),
    );
  });
});

test('under T=0 a command with data has no Le', async () => {
  const sent: string[] = [];
  const transmit = (command: Uint8Array): Promise<Uint8Array> => {
    sent.push(toHex(command));
    return Promise.resolve(Uint8Array.of(0x90, 0x00));
  };
  for (const protocol of ['T=0', 'T=1'] as const)
    await ask({ protocol, transmit }, { cla: 0, ins: 0xcb, p1: 0x3f, p2: 0xff }, fromHex('5C00'));
  expect(sent).toEqual(['00CB3FFF025C00', '00CB3FFF025C0000']);
});

test('a refusal says what and with which status word', () => {
  expect(() => requireSuccess(fromHex('6A82'), 'SELECT')).toThrow(
    expect.objectContaining({ code: 'card-refused', facts: { result: '6A82', step: 'SELECT' } }) as Error,
  );
});
