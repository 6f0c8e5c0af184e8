import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { CardPulled } from '../../demo/card/faults.js';
import { VirtualCard, type CardLogEntry, type VirtualCardOptions } from '../../demo/card/virtual-card.js';
import { developerKeys, diversifyVisa2, putKeyData } from '../../demo/scp01.js';
import { appletAid, ascii, CardHost, managerAid } from '../support/card-host.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtual-card-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function insert(options?: VirtualCardOptions): { card: VirtualCard; host: CardHost } {
  const card = new VirtualCard(options);
  return { card, host: new CardHost(apdu => card.process(apdu)) };
}

describe('the card manager', () => {
  test('a blank card has a card manager and no applet', async () => {
    const { host } = insert();
    for (const aid of ['', 'A0000000030000', 'A000000003000000', 'A0000001510000', 'A000000151000000'])
      expect(await host.select(aid)).toBe('9000');
    expect(await host.select(appletAid)).toBe('6A82');
    expect(await host.select('A000000308000010000100')).toBe('6A82');
    expect(await host.send('B03C000010')).toBe('6E00');
    expect(await host.send('00B0000000')).toBe('6D00');
  });

  test('CPLC for the right length or none given, 6C2D for another; other data 6A88', async () => {
    const { host } = insert({ number: 1 });
    const cplc =
      '9F7F2A40906145343100730201312200007777C7624090313040903131409031324090000000010000000000009000';
    expect(await host.send('80CA9F7F2D')).toBe(cplc);
    expect(await host.send('80CA9F7F00')).toBe(cplc);
    expect(await host.send('80CA9F7F20')).toBe('6C2D');
    expect(await host.send('80CA00662D')).toBe('6A88');
    expect(await host.send('80CA00E02D')).toBe('6A88');
  });

  test('every card number has a CUID of its own', () => {
    const cuids = [1, 2, 3, 16].map(number => toHex(new VirtualCard({ number }).cuid));
    expect(cuids).toEqual([
      '40906145C76200007777',
      '40906145C76200007778',
      '40906145C76200007779',
      '40906145C76200007786',
    ]);
    expect(() => new VirtualCard({ number: 0 })).toThrow(/usage/);
  });

  test('no channel: 6985; a wrong key version: 6A88; a wrong cryptogram: 6300', async () => {
    const { host } = insert();
    expect(await host.send('84E40000094F07627601FF000000')).toBe('6985');
    expect(await host.send('80E40000094F07627601FF000000')).toBe('6985');
    expect(await host.send('80500200080102030405060708')).toBe('6A88');
    expect(await host.send('80500000070102030405060708'.slice(0, -2))).toBe('6700');
    expect(await host.send('80500100080102030405060708')).toMatch(/^40906145C762000077770101.*9000$/);
    expect(await host.send(`8482030010${'00'.repeat(16)}`)).toBe('6300');
    expect(await host.send(`8482030010${'00'.repeat(16)}`)).toBe('6985');
  });

  test('DELETE answers 00 where there is something and 6A88 where not', async () => {
    const { host } = insert();
    await host.format();
    await host.select(managerAid);
    await host.openChannel();
    expect(await host.secured('E40000', '4F06627601FF0000')).toBe('6985');
    expect(await host.secured('E40000', '4F07627601FF000000')).toBe('009000');
    expect(await host.secured('E40000', '4F07627601FF000000')).toBe('6A88');
    expect(await host.secured('E40000', '4F06627601FF0000')).toBe('009000');
    expect(await host.secured('E40000', '4F06627601FF0000')).toBe('6A88');
    expect(await host.select(appletAid)).toBe('6A82');
  });

  test('a load that is not whole leaves no applet to install', async () => {
    const { card, host } = insert();
    await host.openChannel();
    expect(await host.secured('E80000', 'C48200020102')).toBe('6985');
    await host.must('E60200', '06627601FF0000000006EF04C602101800');
    await host.must('E80000', `C4821000${'00'.repeat(200)}`);
    expect(await host.secured('E80002', '00'.repeat(200))).toBe('6A86');
    expect(await host.secured('E88001', '00'.repeat(200))).toBe('6A80');
    card.losePower();
    await host.openChannel();
    const install = '06627601FF000007627601FF00000007627601FF00000001000CEF04C8024650C9040002138800';
    expect(await host.secured('E60C00', install)).toBe('6A88');
  });

  test('a load whose length is a multiple of the block is complete without a mark', async () => {
    const { host } = insert();
    await host.format('00021388', 3 * 0xd0 - 4);
    expect(await host.send('B03C000010')).toBe('010101040000138800001386000000009000');
  });

  test('the memory size and the issuer come with the installation', async () => {
    const { host } = insert();
    await host.load(100);
    const data = `0B${ascii('http://a.b/')}02200000`;
    const parameters = `EF04C8024650C90F${data}`;
    await host.must(
      'E60C00',
      `06627601FF000007627601FF00000007627601FF0000000100${toHex(Uint8Array.of(parameters.length / 2))}${parameters}00`,
    );
    await host.select(appletAid);
    expect(await host.send('B03C000010')).toBe('010101040000200000001FFE000000009000');
    expect(await host.send('B0F60000E0')).toBe(`${ascii('http://a.b/').padEnd(448, '0')}9000`);
  });

  test('PUT KEY replaces the key set', async () => {
    const { host } = insert();
    const master = fromHex('0123456789ABCDEFFEDCBA9876543210');
    const keys = diversifyVisa2(master, fromHex('40906145C76200007777'));
    await host.openChannel();
    const data = toHex(putKeyData(2, keys, developerKeys.kek));
    expect(await host.secured('D80181', data.replace(/..$/, '00'))).toBe('6A80');
    expect(await host.secured('D80381', data)).toBe('6A88');
    expect(await host.secured('D80181', data)).toMatch(/^02[0-9A-F]{18}9000$/);
    await host.select(managerAid);
    await expect(host.openChannel()).rejects.toThrow(/other keys/);
    await host.openChannel(keys);
    expect(host.channel?.card.keyVersion).toBe(2);
  });

  test('SELECT ends the channel', async () => {
    const { host } = insert();
    await host.openChannel();
    await host.select(managerAid);
    expect(await host.secured('E40000', '4F07627601FF000000')).toBe('6985');
  });
});

describe('the file', () => {
  test('a card lives on: applet, PIN, counter, objects, keys, issuer, life cycle', async () => {
    const file = join(folder, 'enrolled.json');
    const before = insert({ number: 7, file });
    const made = await before.host.enroll(1024, 'netscape');
    await before.host.send(`B042000008${ascii('netscapf')}`);
    const answers = async (host: CardHost): Promise<string[]> => {
      const all: string[] = [];
      await host.select(appletAid);
      for (const apdu of [
        ...['B03C000010', 'B0F2000004', 'B070000004', 'B0F60000E0', 'B04A000001', 'B0FA000007'],
        ...['B05800000E', 'B05801000E', 'B03A00000B', 'B03A01000B', 'B03A01000B', 'B03A01000B'],
      ])
        all.push(await host.send(apdu));
      return all;
    };
    const then = await answers(before.host);
    before.card.losePower();
    before.card.flush();
    const after = insert({ file });
    expect(toHex(after.card.cuid)).toBe('40906145C7620000777D');
    expect(await answers(after.host)).toEqual(then);
    expect(then[4]).toBe('7E9000');
    expect(await after.host.read('7A300000', 0, 40)).toBe(`${toHex(made.z0.subarray(0, 40))}9000`);
    const nonce = (await after.host.send(`B042000008${ascii('netscape')}`)).slice(0, 16);
    expect(await after.host.send(`B03602048D0003010080${'01'.repeat(128)}${nonce}`)).toMatch(/^0080.*9000$/);
  });

  test('it holds no PIN, is for its owner alone, and is written without being asked', async () => {
    const file = join(folder, 'secret.json');
    const { host } = insert({ file });
    await host.format();
    await host.must('40007F', ascii('verysecretpin'));
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('"limit":127');
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('verysecretpin');
    expect(text.toUpperCase()).not.toContain(ascii('verysecretpin'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a file that cannot be written is told when the card is taken out, and harms nothing before', async () => {
    const { card, host } = insert({ file: join(folder, 'missing', 'card.json') });
    await host.format();
    await new Promise(resolve => setTimeout(resolve, 80));
    expect(await host.send('B070000004')).toBe('587680729000');
    expect(() => card.flush()).toThrow(/ENOENT/);
  });

  test.each(['', '{', '[]', 'null', '{"format":2}', '{"format":1,"number":1}'])(
    'what is not a card is refused: %s',
    text => {
      const file = join(folder, 'bad.json');
      writeFileSync(file, text);
      expect(() => new VirtualCard({ file })).toThrow(/malformed-data/);
    },
  );
});

describe('faults', () => {
  const select = fromHex('00A4040000');
  const data = fromHex('80CA9F7F2D');

  test('a status word for the second of a command, which then does nothing', async () => {
    const { card, host } = insert({
      faults: [{ command: 'CREATE PIN', occurrence: 2, fault: { kind: 'answer', statusWord: 0x9c06 } }],
    });
    await host.format();
    expect(await host.secured('40007F', ascii('1234'))).toBe('9000');
    expect(await host.secured('40017F', ascii('1234'))).toBe('9C06');
    expect(await host.send('B048000002')).toBe('00019000');
    card.setFaults([]);
    await host.openChannel();
    expect(await host.secured('40017F', ascii('1234'))).toBe('9000');
  });

  test('pulled out at the third command, before or after it is done', async () => {
    const pulledAt = async (when: 'before' | 'after'): Promise<string> => {
      const { card, host } = insert();
      await host.format();
      card.setFaults([{ occurrence: 3, fault: { kind: 'pull', when } }]);
      await host.must('40007F', ascii('1234'));
      await host.send('B048000002');
      await expect(host.secured('40017F', ascii('1234'))).rejects.toBeInstanceOf(CardPulled);
      card.losePower();
      card.setFaults([]);
      await host.select(appletAid);
      return host.send('B048000002');
    };
    expect(await pulledAt('before')).toBe('00019000');
    expect(await pulledAt('after')).toBe('00039000');
  });

  test('a mute card answers again after a reset', async () => {
    const { card } = insert({ faults: [{ command: 'GET DATA', occurrence: 1, fault: { kind: 'mute' } }] });
    let answered = false;
    void card.process(data).then(() => {
      answered = true;
    });
    card.losePower();
    expect(toHex(await card.process(data))).toMatch(/9000$/);
    expect(answered).toBe(false);
  });

  test('a slow card answers late, and in order', async () => {
    const { card } = insert({
      faults: [{ command: 'GET DATA', occurrence: 1, fault: { kind: 'delay', milliseconds: 30 } }],
    });
    const begin = performance.now();
    const order: string[] = [];
    await Promise.all([
      card.process(data).then(() => order.push('data')),
      card.process(select).then(() => order.push('select')),
    ]);
    expect(order).toEqual(['data', 'select']);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(29);
  });

  test('power lost while a key is made leaves no key', async () => {
    const { card, host } = insert();
    await host.format();
    const enrollment = host.generateKey(1024);
    card.losePower();
    await expect(enrollment).rejects.toThrow();
    await host.select(appletAid);
    expect(await host.send('B03A00000B')).toBe('9000');
  });
});

test('the log has names and status words, never data', async () => {
  const log: CardLogEntry[] = [];
  const { host } = insert({ log: entry => log.push(entry) });
  await host.enroll(1024, 'netscape');
  await host.send(`B042000008${ascii('netscapf')}`);
  const told = log.map(({ command, statusWord }) => `${command} ${statusWord.toString(16)}`);
  for (const line of [
    'LOAD 9000',
    'SET PIN 9000',
    'START ENROLL 9000',
    'IMPORT KEY ENC 9000',
    'VERIFY PIN 9c02',
  ])
    expect(told).toContain(line);
  for (const entry of log) expect(Object.keys(entry)).toEqual(['command', 'statusWord', 'duration']);
});

describe('the manner of T=0', () => {
  test('its ATR offers T=0 alone', () => {
    expect(toHex(new VirtualCard({ manner: 'T=0' }).atr)).toBe('3B759400006202020201');
    const { atr } = new VirtualCard();
    expect(atr.slice(1).reduce((sum, byte) => sum ^ byte, 0)).toBe(0);
  });

  test('data after a command with data waits: 61xx, GET RESPONSE in pieces', async () => {
    const { host } = insert({ manner: 'T=0' });
    expect(await host.send('80500000080102030405060708')).toBe('611C');
    const first = await host.send('00C000000A');
    expect(first).toBe('40906145C762000077776112');
    expect(await host.send('00C0000020')).toBe('6C12');
    expect(await host.send('00C0000012')).toMatch(/^0101[0-9A-F]{32}9000$/);
    expect(await host.send('00C0000012')).toBe('6985');
  });

  test('a wrong expected length is answered by the right one: 6Cxx', async () => {
    const { host } = insert({ manner: 'T=0' });
    expect(await host.send('80CA9F7F00')).toBe('6C2D');
    expect(await host.send('80CA9F7F2D')).toMatch(/^9F7F2A.*9000$/);
    expect(await host.send('00A4040007627601FF000000')).toBe('6A82');
  });

  test('another command forgets what waits', async () => {
    const { host } = insert({ manner: 'T=0' });
    expect(await host.send('80500000080102030405060708')).toBe('611C');
    expect(await host.send('00A4040000')).toBe('9000');
    expect(await host.send('00C000001C')).toBe('6985');
  });
});

describe('any bytes', () => {
  test('every command gets an answer of a status word at least, whatever it is', async () => {
    const { card, host } = insert();
    await host.enroll(1024, '1234');
    const byte = fc.integer({ min: 0, max: 255 });
    const header = fc.tuple(fc.constantFrom(0x00, 0x80, 0x84, 0xa4, 0xb0, 0xff), byte, byte, byte);
    const wellFormed = fc
      .tuple(header, fc.uint8Array({ maxLength: 255 }))
      .map(([head, data]) => Uint8Array.of(...head, data.length, ...data));
    await fc.assert(
      fc.asyncProperty(fc.oneof(wellFormed, fc.uint8Array({ maxLength: 270 })), async apdu => {
        const answer = await card.process(apdu);
        expect(answer.length).toBeGreaterThanOrEqual(2);
        expect(answer.length).toBeLessThanOrEqual(258);
      }),
      { numRuns: 2000 },
    );
    await host.select(appletAid);
    expect(await host.send('B070000004')).toBe('587680729000');
  });

  test('every secured command gets one too', async () => {
    const { host } = insert();
    await host.format();
    await host.must('40007F', ascii('1234'));
    await fc.assert(
      fc.asyncProperty(
        // Keys are made by START ENROLL, which takes its time and has tests of its own.
        fc.integer({ min: 0, max: 255 }).filter(ins => ins !== 0x0c && ins !== 0x82),
        fc.uint8Array({ minLength: 2, maxLength: 2 }),
        fc.uint8Array({ maxLength: 200 }),
        async (ins, parameters, data) => {
          const answer = await host.secured(toHex(Uint8Array.of(ins, ...parameters)), toHex(data));
          expect(answer).toMatch(/^([0-9A-F]{2})*[69][0-9A-F]{3}$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
