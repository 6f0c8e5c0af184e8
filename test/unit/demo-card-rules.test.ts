/**
 * The rules that the real CoolKey applet settled when it ran as a virtual card under Dogtag's TPS,
 * one test each, named after the rule.
 */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex, u16, u32 } from '../../src/base/bytes.js';
import { VirtualCard, type VirtualCardOptions } from '../../demo/card/virtual-card.js';
import { appletAid, ascii, CardHost, managerAid, wrappedPair, type Enrolled } from '../support/card-host.js';

const noNonce = '0000000000000000';
const list = 'B05800000E';
const listNext = 'B05801000E';
const getStatus = 'B03C000010';
const keyObject = 'FF00FFF3';
const buffer = 'FFFFFFFF';

interface Fixture {
  readonly card: VirtualCard;
  readonly host: CardHost;
}

function blank(options?: VirtualCardOptions): Fixture {
  const card = new VirtualCard(options);
  return { card, host: new CardHost(apdu => card.process(apdu)) };
}

/** A card with a fresh applet, selected, its secure channel open. */
async function formatted(options?: VirtualCardOptions, installData?: string): Promise<Fixture> {
  const fixture = blank(options);
  await fixture.host.format(installData);
  return fixture;
}

/** As formatted, with PIN 0 `1234` of three tries. */
async function withPin(): Promise<Fixture> {
  const fixture = await formatted();
  await fixture.host.must('400003', ascii('1234'));
  return fixture;
}

function verify(host: CardHost, pin: string, number = '00'): Promise<string> {
  return host.send(`B042${number}00${toHex(Uint8Array.of(pin.length))}${ascii(pin)}`);
}

/** Logs in. @returns the nonce. */
async function login(host: CardHost, pin = '1234'): Promise<string> {
  const answer = await verify(host, pin);
  expect(answer).toMatch(/^[0-9A-F]{16}9000$/);
  return answer.slice(0, 16);
}

async function enrolled(bits: number): Promise<Fixture & { readonly made: Enrolled }> {
  const fixture = blank();
  return { ...fixture, made: await fixture.host.enroll(bits, '1234') };
}

describe('memory and lists', () => {
  let small: Awaited<ReturnType<typeof enrolled>>;
  beforeAll(async () => {
    small = await enrolled(1024);
  });

  test('GET STATUS fresh 01010104 00001388 00001386 00 00 0000', async () => {
    const { host } = await formatted();
    expect(await host.send(getStatus)).toBe('010101040000138800001386000000009000');
  });

  test('an object costs its size + 16', async () => {
    const { host } = await formatted();
    await host.createObject('7A300000', 0x517);
    await host.createObject(keyObject, 0x284);
    // The real card's figure for an enrolment at 1024 bit with these two sizes.
    expect(await host.send(getStatus)).toBe('010101040000138800000BCB000000009000');
  });

  test('free memory after a re-enrolment is that of the real card, fragments included', async () => {
    const { host } = await formatted();
    // Sizes and figures of the interrupted runs at 2048 bit: the first z0, then the one that replaced it.
    await host.createObject(keyObject, 0x4cc);
    await host.createObject('7A300000', 0x620);
    expect((await host.send(getStatus)).slice(16, 24)).toBe('0000087A');
    await host.createObject(keyObject, 0x4cc);
    await host.createObject('7A300000', 0x61b);
    expect((await host.send(getStatus)).slice(16, 24)).toBe('0000087D');
  });

  test('the key count includes cleared slots', async () => {
    const { host } = small;
    expect((await host.send(getStatus)).slice(24, 28)).toBe('0104');
    await host.openChannel();
    await host.must('550000', '0203');
    expect((await host.send(getStatus)).slice(24, 28)).toBe('0104');
    expect(await host.send('B03A00000B')).toMatch(/^0203/);
    expect(await host.send('B03A01000B')).toMatch(/^0301/);
    expect(await host.send('B03A01000B')).toBe('9000');
  });

  test('LIST OBJECTS after enrolment: z0, FF00FFF3, then 9C12', async () => {
    const { host, made } = small;
    expect(await host.send(list)).toBe(`7A300000${toHex(u32(made.z0.length))}FFFF400040009000`);
    expect(await host.send(listNext)).toBe('FF00FFF3000002844000400040009000');
    expect(await host.send(listNext)).toBe('9C12');
    expect(await host.send(listNext)).toBe('9C12');
  });

  test('FF00FFF3 stays, zeroed, of 0x284 or 0x4CC bytes; reading it anonymously: 9C06', async () => {
    const { host } = small;
    expect(await host.read(keyObject, 0, 16)).toBe('9C06');
    await host.openChannel();
    expect(await host.readObject(keyObject, 0x284)).toEqual(new Uint8Array(0x284));
    expect(await host.secured('560000', `${keyObject}0000028401`)).toBe('9C0F');
  });

  test('"next" first on a fresh applet: FFFF0000…9000, then 6F00', async () => {
    const { host } = await formatted();
    expect(await host.send(listNext)).toBe('FFFF0000000000000000000000009000');
    expect(await host.send(listNext)).toBe('6F00');
    expect(await host.send(list)).toBe('9C12');
  });

  test('LIST OBJECTS with Le above 7F or below 0E: 6700', async () => {
    const { host } = small;
    expect(await host.send('B058000080')).toBe('6700');
    expect(await host.send('B05800000D')).toBe('6700');
    expect(await host.send('B05800007F')).toMatch(/9000$/);
  });

  test('LIST KEYS entries: 02 03 03 0400 0000 4000 0001, 03 01 02 0400 FFFF 4000 FFFF', async () => {
    const { host } = await formatted();
    await host.generateKey(1024);
    expect(await host.send('B03A00000B')).toBe('02030304000000400000019000');
    expect(await host.send('B03A01000B')).toBe('0301020400FFFF4000FFFF9000');
    expect(await host.send('B03A01000B')).toBe('9000');
    expect(await host.send('B03A00000A')).toBe('6700');
  });
});

describe('PINs', () => {
  test('VERIFY: 7F → 7E on a wrong PIN', async () => {
    const { host } = await formatted();
    await host.must('40007F', ascii('password'));
    expect(await host.send('B04A000001')).toBe('7F9000');
    expect(await verify(host, 'passwore')).toBe('9C02');
    expect(await host.send('B04A000001')).toBe('7E9000');
  });

  test('VERIFY with a bad length: 9C02 without decrement', async () => {
    const { host } = await withPin();
    for (const pin of ['', '123', '12345678901234567']) expect(await verify(host, pin)).toBe('9C02');
    expect(await host.send('B04A000001')).toBe('039000');
  });

  test('the try that exhausts the counter 9C02, then 9C0C, checked before the length', async () => {
    const { host } = await withPin();
    for (let i = 0; i < 3; i += 1) expect(await verify(host, '9999')).toBe('9C02');
    expect(await verify(host, '1234')).toBe('9C0C');
    expect(await verify(host, '1')).toBe('9C0C');
  });

  test('success restores the counter', async () => {
    const { host } = await withPin();
    expect(await verify(host, '9999')).toBe('9C02');
    await login(host);
    expect(await host.send('B04A000001')).toBe('039000');
  });

  test('one nonce for all PINs; it survives SELECT', async () => {
    const { host } = await withPin();
    await host.must('400103', ascii('abcd'));
    const nonce = await login(host);
    expect(await verify(host, 'abcd', '01')).toBe(`${nonce}9000`);
    expect((await host.send(getStatus)).slice(28, 32)).toBe('0003');
    await host.select(managerAid);
    await host.select(appletAid);
    expect(await verify(host, '1234')).toBe(`${nonce}9000`);
  });

  test('a wrong PIN logs its holder out; the nonce ends with the last one', async () => {
    const { host } = await withPin();
    await host.must('400103', ascii('abcd'));
    const loggedIn = async (): Promise<string> => (await host.send(getStatus)).slice(28, 32);
    const nonce = await login(host);
    expect(await verify(host, 'abcd', '01')).toBe(`${nonce}9000`);
    expect(await verify(host, '9999')).toBe('9C02');
    expect(await loggedIn()).toBe('0002');
    expect(await verify(host, 'abcd', '01')).toBe(`${nonce}9000`);
    expect(await verify(host, '9999', '01')).toBe('9C02');
    expect(await loggedIn()).toBe('0000');
    expect(await login(host)).not.toBe(nonce);
  });

  test('the nonce ends with a reset', async () => {
    const { card, host } = await withPin();
    const nonce = await login(host);
    card.losePower();
    await host.select(appletAid);
    expect((await host.send(getStatus)).slice(28, 32)).toBe('0000');
    expect(await verify(host, '1234')).not.toBe(`${nonce}9000`);
  });

  test('a wrong nonce gives 9C06 even on z0', async () => {
    const { host } = await withPin();
    await host.createObject('7A300000', 300);
    expect(await host.read('7A300000', 0, 20)).toBe(`${'00'.repeat(20)}9000`);
    expect(await host.send('B0560000117A30000000000000140102030405060708')).toBe('9C06');
    expect(await host.send('B0560000097A3000000000000014')).toBe('9C06');
    expect(await host.send('B05600000400000000')).toBe('9C06');
  });

  test('TRIES LEFT since build 54D2852B, CLEAR KEY SLOTS since 58755637', async () => {
    const answers = async (build: '50000000' | '54D2852B' | '58755637'): Promise<string[]> => {
      const { host } = await formatted({ build });
      await host.must('40007F', ascii('password'));
      return [
        await host.send('B070000004'),
        await host.send('B04A000001'),
        await host.secured('550000', '0203'),
      ];
    };
    expect(await answers('50000000')).toEqual(['500000009000', '6D00', '6D00']);
    expect(await answers('54D2852B')).toEqual(['54D2852B9000', '7F9000', '6D00']);
    expect(await answers('58755637')).toEqual(['587556379000', '7F9000', '9000']);
  });

  test('TRIES LEFT: P3 must be 01, else 6700; missing PIN 9C10', async () => {
    const { host } = await withPin();
    expect(await host.send('B04A000002')).toBe('6700');
    expect(await host.send('B04A0000')).toBe('6700');
    expect(await host.send('B04A010001')).toBe('9C10');
  });

  test('CHANGE PIN takes one-byte lengths, not the two-byte form: 9C0F', async () => {
    const { host } = await withPin();
    expect(await host.send(`B04400000C0004${ascii('1234')}0004${ascii('5678')}`)).toBe('9C0F');
    expect(await host.send(`B04400000A04${ascii('1234')}04${ascii('5678')}`)).toBe('9000');
    await login(host, '5678');
  });

  test('CHANGE PIN logs out', async () => {
    const { host } = await withPin();
    await login(host);
    expect(await host.send(`B04400000A04${ascii('1234')}04${ascii('5678')}`)).toBe('9000');
    expect((await host.send(getStatus)).slice(28, 32)).toBe('0000');
  });

  test('CHANGE PIN with a wrong old PIN: 9C02 and one try less', async () => {
    const { host } = await withPin();
    expect(await host.send(`B04400000A04${ascii('9999')}04${ascii('5678')}`)).toBe('9C02');
    expect(await host.send('B04A000001')).toBe('029000');
    await login(host);
  });

  test('LOGOUT takes a nonce', async () => {
    const { host } = await withPin();
    const nonce = await login(host);
    expect(await host.send(`B061000008${nonce}`)).toBe('9000');
    expect((await host.send(getStatus)).slice(28, 32)).toBe('0000');
  });

  test('LOGOUT counts: the last of two logins ends the nonce', async () => {
    const { host } = await withPin();
    await login(host);
    await login(host);
    expect(await host.send('B0610000')).toBe('9000');
    expect((await host.send(getStatus)).slice(28, 32)).toBe('0001');
    expect(await host.send('B0610000')).toBe('9000');
    expect((await host.send(getStatus)).slice(28, 32)).toBe('0000');
  });

  test('LOGOUT of a PIN that does not exist: 6F00', async () => {
    const { host } = await withPin();
    expect(await host.send('B0610100')).toBe('6F00');
    expect(await host.send('B0610800')).toBe('6F00');
  });

  test('SET PIN of 0, 3 or 17 bytes 9C0F; missing PIN 9C10; P2 ≠ 0 9C11', async () => {
    const { host } = await withPin();
    for (const pin of ['', '123', '12345678901234567'])
      expect(await host.secured('040000', ascii(pin))).toBe('9C0F');
    expect(await host.secured('040100', ascii('1234'))).toBe('9C10');
    expect(await host.secured('040001', ascii('1234'))).toBe('9C11');
  });

  test('SET PIN resets the counter and unblocks', async () => {
    const { host } = await withPin();
    for (let i = 0; i < 4; i += 1) await verify(host, '9999');
    expect(await verify(host, '1234')).toBe('9C0C');
    await host.must('040000', ascii('netscape'));
    expect(await host.send('B04A000001')).toBe('039000');
    await login(host, 'netscape');
  });

  test('CREATE PIN existing 9C10; 3 or 17 bytes 9C0F; tries 0 or 128 6F00', async () => {
    const { host } = await withPin();
    expect(await host.secured('400003', ascii('1234'))).toBe('9C10');
    expect(await host.secured('400803', ascii('1234'))).toBe('9C10');
    for (const pin of ['123', '12345678901234567'])
      expect(await host.secured('400103', ascii(pin))).toBe('9C0F');
    for (const tries of ['00', '80']) expect(await host.secured(`4001${tries}`, ascii('1234'))).toBe('6F00');
    expect(await host.send('B048000002')).toBe('00019000');
  });

  test('CREATE PIN without the secure channel: 9C06', async () => {
    const { host } = await formatted();
    expect(await host.send(`B040007F0C${ascii('1234')}${noNonce}`)).toBe('9C06');
  });
});

describe('keys', () => {
  let live: Fixture;
  beforeAll(async () => {
    live = await formatted();
    await live.host.must('40007F', ascii('1234'));
    await live.host.generateKey(1024);
  });
  const challenge = (host: CardHost, bits: number): string =>
    `80${toHex(u16(bits))}000010${toHex(host.channel?.wrapKey(randomBytes(16)) ?? new Uint8Array(0))}00`;

  test('START ENROLL: 010F / 020F', async () => {
    const { host } = await formatted();
    expect(await host.secured('0C0203', challenge(host, 1024))).toBe('010F9000');
    expect(await host.secured('0C0405', challenge(host, 2048))).toBe('020F9000');
  });

  test('START ENROLL with 22 bytes: 6700', async () => {
    const { host } = live;
    expect(await host.secured('0C0607', challenge(host, 1024).slice(0, -2))).toBe('6700');
  });

  test('START ENROLL of a pair mated otherwise: 9C1E', async () => {
    const { host } = live;
    expect(await host.secured('0C0205', challenge(host, 1024))).toBe('9C1E');
  });

  test('START ENROLL of another size on live keys: 9C03', async () => {
    const { host } = live;
    expect(await host.secured('0C0203', challenge(host, 2048))).toBe('9C03');
  });

  test('START ENROLL with owner 9: 9C10', async () => {
    const { host } = live;
    expect(await host.secured('0C9607', challenge(host, 1024))).toBe('9C10');
  });

  test('IMPORT: 9C20 for a wrong check value', async () => {
    const { host } = await formatted();
    await host.createObject(keyObject, 0x284, '400040004000');
    const data = host.importData(randomBytes(16), randomBytes(8)).replace(/03.{6}(?=08.{16}$)/, '03FFFFFF');
    expect(await host.secured('0A0405', data)).toBe('9C20');
  });

  test('IMPORT: 9C22 where the plaintext is no DER sequence, and the data is wiped', async () => {
    const { host } = await formatted();
    const desKey = fromHex('00112233445566778899AABBCCDDEEFF');
    const iv = fromHex('0102030405060708');
    const content = wrappedPair(fromHex('31'.repeat(16)), 1024, desKey, iv);
    await host.createObject(keyObject, content.length, '400040004000');
    await host.writeObject(keyObject, content);
    expect(await host.secured('0A0405', host.importData(desKey, iv))).toBe('9C22');
    expect(await host.readObject(keyObject, content.length)).toEqual(new Uint8Array(content.length));
  });

  test('IMPORT: 9C1A for a DES key of another length', async () => {
    const { host } = live;
    await host.createObject(keyObject, 0x284, '400040004000');
    const data = host.importData(randomBytes(16), randomBytes(8)).replace('FF00FFF38110', 'FF00FFF38118');
    expect(await host.secured('0A0405', data)).toBe('9C1A');
  });

  test('IMPORT: 9C07 without the object', async () => {
    const { host } = await formatted();
    expect(await host.secured('0A0405', host.importData(randomBytes(16), randomBytes(8)))).toBe('9C07');
  });

  test('IMPORT of a zeroed object: 9C18', async () => {
    const { host } = await formatted();
    await host.createObject(keyObject, 0x284, '400040004000');
    expect(await host.secured('0A0405', host.importData(randomBytes(16), randomBytes(8)))).toBe('9C18');
  });

  test('CLEAR KEY SLOTS: odd or empty 9C0F', async () => {
    const { host } = live;
    expect(await host.secured('550000', '020304')).toBe('9C0F');
    expect(await host.secured('550000')).toBe('9C0F');
  });

  test('CLEAR KEY SLOTS: wrong pair 9C1E', async () => {
    const { host } = live;
    expect(await host.secured('550000', '0204')).toBe('9C1E');
    expect(await host.send('B03A00000B')).toMatch(/^0203/);
  });

  test('CLEAR KEY SLOTS clears mates too', async () => {
    const { host } = await formatted();
    await host.generateKey(1024);
    await host.importKey(1024);
    await host.must('550000', '0203');
    // Slot 5 takes another mate now; slots 2 and 3 keep theirs.
    await host.importKey(1024, '0605');
    expect(await host.secured('550000', '0203')).toBe('9000');
    expect(await host.secured('550000', '0205')).toBe('9C1E');
  });

  test('a key is used with the PIN only: 9C06 before, the raw operation after', async () => {
    const { host } = await formatted();
    await host.must('400003', ascii('1234'));
    const key = await host.generateKey(1024);
    const block = `00${'01'.repeat(127)}`;
    const compute = (nonce: string, p1 = '02', p2 = '04', head = '0003'): Promise<string> =>
      host.send(`B036${p1}${p2}8D${head}010080${block}${nonce}`);
    expect(await compute(noNonce)).toBe('9C06');
    const nonce = await login(host);
    const signed = await compute(nonce);
    expect(signed).toMatch(/^0080[0-9A-F]{256}9000$/);
    // The public key takes it back, for anyone.
    const back = await host.send(`B03603048D0003010080${signed.slice(4, -4)}${noNonce}`);
    expect(back).toBe(`0080${block}9000`);
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(1024);
    expect(await compute(nonce, '02', '04', '0004')).toBe(signed);
    expect(await compute(nonce, '02', '04', '0001')).toBe('9C13');
    expect(await compute(nonce, '02', '04', '0005')).toBe('9C14');
    expect(await compute(nonce, '02', '04', '0103')).toBe('9C1B');
    expect(await compute(nonce, '02', '05')).toBe('9C11');
    expect(await compute(nonce, '09')).toBe('9C10');
    expect(await host.send(`B03602048C000301007F${block.slice(2)}${nonce}`)).toBe('9C19');
  });

  test('2048 bit goes through the I/O buffer', async () => {
    const { host } = await formatted();
    await host.must('400003', ascii('1234'));
    await host.generateKey(2048);
    const nonce = await login(host);
    const input = fromHex(`0100${'00'.repeat(16)}${'5A'.repeat(240)}`);
    const half = input.length / 2;
    const write = (offset: number): Promise<string> => {
      const field = `${toHex(Uint8Array.of(half))}${toHex(input.subarray(offset, offset + half))}`;
      const data = `${buffer}${toHex(u32(offset))}${field}${nonce}`;
      return host.send(`B0540000${toHex(Uint8Array.of(data.length / 2))}${data}`);
    };
    expect(await write(0)).toBe('9000');
    expect(await write(half)).toBe('9000');
    expect(await host.send(`B03602040D0003020000${nonce}`)).toBe('9000');
    expect(await host.read(buffer, 0, 2)).toBe('01009000');
    expect(await host.send(`B03603040D0003020000${noNonce}`)).toBe('9000');
    expect(await host.read(buffer, 0, 100)).toBe(`${toHex(input.subarray(0, 100))}9000`);
  });
});

describe('objects', () => {
  test('CREATE OBJECT: size 0 9C0F; too large 9C01; 13 bytes 9C0F', async () => {
    const { host } = await formatted();
    const create = (size: string, acl = 'FFFF40004000'): Promise<string> =>
      host.secured('5A0000', `7A300000${size}${acl}`);
    expect(await create('00000000')).toBe('9C0F');
    expect(await create('00001388')).toBe('9C01');
    expect(await create('00010000')).toBe('9C01');
    expect(await create('00000010', 'FFFF400040')).toBe('9C0F');
    // 4998 bytes are free, and an object costs 14 more than its size.
    expect(await create('00001378')).toBe('9000');
  });

  test('CREATE OBJECT: an existing one is replaced', async () => {
    const { host } = await formatted();
    await host.createObject('7A300000', 300);
    await host.writeObject('7A300000', new Uint8Array(300).fill(7));
    await host.createObject('7A300000', 20);
    expect(await host.read('7A300000', 0, 20)).toBe(`${'00'.repeat(20)}9000`);
    expect(await host.send(list)).toBe('7A30000000000014FFFF400040009000');
    expect(await host.send(listNext)).toBe('9C12');
  });

  test('CREATE OBJECT without the secure channel: 9C06', async () => {
    const { host } = await formatted();
    expect(await host.send(`B05A0000167A30000000000010FFFF40004000${noNonce}`)).toBe('9C06');
  });

  test('writing past the end 9C0F; missing object 9C07', async () => {
    const { host } = await formatted();
    await host.createObject('7A300000', 4);
    expect(await host.secured('540000', '7A300000000000000501020304')).toBe('9C0F');
    expect(await host.secured('540000', '7A30000000000001040102030405')).toBe('9C0F');
    expect(await host.secured('540000', '7A30000000000000040A0B0C0D')).toBe('9000');
    expect(await host.secured('540000', '7A30010000000000040A0B0C0D')).toBe('9C07');
    expect(await host.read('7A300100', 0, 4)).toBe('9C07');
    expect(await host.read('7A300000', 0, 4)).toBe('0A0B0C0D9000');
    expect(await host.read('7A300000', 0, 5)).toBe('9C0F');
  });

  test('what others may not write: 9C06; what they may delete goes', async () => {
    const { host } = await formatted();
    await host.createObject('7A300000', 4);
    expect(await host.send(`B0540000127A3000000000000001FF${noNonce}`)).toBe('9C06');
    expect(await host.send(`B05200000C7A300000${noNonce}`)).toBe('9C06');
    await host.createObject('61620000', 4, 'FFFFFFFFFFFF');
    expect(await host.send(`B05200000C61620000${noNonce}`)).toBe('9000');
    expect(await host.read('61620000', 0, 1)).toBe('9C07');
  });

  test('READ uses the low 16 bits of the offset', async () => {
    const { host } = await formatted();
    await host.createObject('7A300000', 4);
    await host.writeObject('7A300000', fromHex('0A0B0C0D'));
    expect(await host.send(`B0560000117A3000000001000202${noNonce}`)).toBe('0C0D9000');
  });
});

describe('the I/O buffer', () => {
  test('its size survives SELECT and reset, its content is cleared', async () => {
    const { card, host } = await formatted();
    await host.writeObject(buffer, fromHex('0102030405'));
    expect(await host.read(buffer, 0, 5)).toBe('01020304059000');
    await host.select(appletAid);
    expect(await host.read(buffer, 0, 5)).toBe('00000000009000');
    card.losePower();
    await host.select(appletAid);
    expect(await host.read(buffer, 0, 5)).toBe('00000000009000');
    expect(await host.read(buffer, 0, 6)).toBe('9C0F');
  });

  test('beyond 900: 6F00 or 9C01', async () => {
    const { host } = await formatted();
    expect(await host.secured('5A0000', `${buffer}00000385FFFF40004000`)).toBe('9C01');
    expect(await host.secured('5A0000', `${buffer}00000384FFFF40004000`)).toBe('9000');
    expect(await host.read(buffer, 880, 20)).toBe(`${'00'.repeat(20)}9000`);
    expect(await host.secured('540000', `${buffer}000003830201FF`)).toBe('6F00');
  });

  test('anonymous read and write allowed', async () => {
    const { host } = await formatted();
    expect(await host.send(`B054000013FFFFFFFE0000000002ABCD${noNonce}`)).toBe('9000');
    expect(await host.read('FFFFFFFE', 0, 2)).toBe('ABCD9000');
  });
});

describe('classes and the channel', () => {
  test('CLA 00 and A4: 9000 without data', async () => {
    const { host } = await formatted();
    expect(await host.send('00B0000010')).toBe('9000');
    expect(await host.send('A4A4000002AABB')).toBe('9000');
    expect(await host.send('C03C000010')).toBe('6E00');
    expect(await host.send('B0FF0000')).toBe('6D00');
    expect(await host.send('80CA9F7F2D')).toBe('6D00');
  });

  test('a secured GET STATUS, VERIFY or LIST OBJECTS: 6D00', async () => {
    const { host } = await formatted();
    for (const header of ['3C0000', '420000', '580000']) expect(await host.secured(header)).toBe('6D00');
    expect(await host.secured('080000', '0000')).toBe('6D00');
    // The channel stays open.
    expect(await host.secured('F00700')).toBe('9000');
  });

  test('a wrong MAC closes the channel', async () => {
    const { card, host } = await formatted();
    const apdu = host.channel?.wrap(0xf0, 0x0f, 0) ?? new Uint8Array(0);
    apdu[apdu.length - 1] = (apdu.at(-1) ?? 0) ^ 1;
    expect(toHex(await card.process(apdu))).toBe('6982');
    expect(await host.secured('F00F00')).toBe('6985');
    await host.openChannel();
    expect(await host.secured('F00F00')).toBe('9000');
  });

  test('a secured command without a channel: 6985', async () => {
    const { host } = await formatted();
    await host.select(appletAid);
    expect(await host.secured('F00F00')).toBe('6985');
  });

  test('GET LIFECYCLE: one byte for Le 1, else four with what is set up', async () => {
    const { host } = await formatted();
    expect(await host.send('B0F2000001')).toBe('079000');
    expect(await host.send('B0F2000004')).toBe('070001019000');
    await host.must('40007F', ascii('1234'));
    await host.must('F00F00');
    expect(await host.send('B0F2000004')).toBe('0F0101019000');
    expect(await host.secured('F00100')).toBe('9C0F');
    expect(await host.secured('F00F00', '00')).toBe('6700');
  });

  test('the builtin ACL is fixed unless the installation lets the server change it', async () => {
    const fixed = await formatted();
    expect(await fixed.host.send('B0FA000007')).toBe('400040004000009000');
    expect(await fixed.host.secured('F80000', 'C0018001400001')).toBe('9C03');
    const open = await formatted({}, '000213880101');
    expect(await open.host.send('B0FA000007')).toBe('400040004000019000');
    expect(await open.host.secured('F80000', 'C0014001400001')).toBe('9000');
    expect(await open.host.send('B0F2000004')).toBe('070201019000');
    expect(await open.host.send(`B05A0000166162000000000004FFFF40004000${noNonce}`)).toBe('9000');
  });
});
