import { createCipheriv, createDecipheriv } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/base/bytes.js';
import { parseCommand } from '../../demo/card/apdu.js';
import { readPutKey } from '../../demo/card/key-data.js';
import { retailMac, Scp02Card } from '../../demo/card/scp02.js';
import { aesCmac, aesKeyCheckValue, Scp03Card } from '../../demo/card/scp03.js';
import type { CardSession, ChannelIdentity, ChannelProtocol } from '../../demo/card/session.js';
import { VirtualCard, type VirtualCardOptions } from '../../demo/card/virtual-card.js';
import { appletAid, CardHost, managerAid } from '../support/card-host.js';

const nobody = fromHex('00000000000000000000');

/** A recorded exchange: what the host sent, and what it had wrapped. */
interface Exchange {
  readonly session: CardSession;
  readonly answer: string;
  readonly externalAuthenticate: string;
  readonly commands: readonly (readonly [wrapped: string, plain: string])[];
}

// The exchanges of the test suite of pySim (Osmocom) with cards of another maker, without the counter that
// cards with pseudo-random challenges append.
const scp02Keys = {
  enc: fromHex('100102030405060708090A0B0C0D0E0F'),
  mac: fromHex('101102030405060708090A0B0C0D0E0F'),
  kek: fromHex('102102030405060708090A0B0C0D0E0F'),
};
const scp03Keys = {
  enc: fromHex('000102030405060708090A0B0C0D0E0F'),
  mac: fromHex('101112131415161718191A1B1C1D1E1F'),
  kek: fromHex('202122232425262728292A2B2C2D2E2F'),
};
const identity: Pick<ChannelIdentity, 'diversificationData'> = { diversificationData: nobody };

const exchanges: Readonly<Record<string, () => Exchange>> = {
  'SCP02 with MACs': () => ({
    session: new Scp02Card(
      { ...identity, protocol: 'SCP02', keys: scp02Keys, keyVersion: 0x70, sequence: 1 },
      fromHex('40A62C37FA6304F8'),
      fromHex('6B4524ABEE7C'),
    ),
    answer: '00000000000000000000700200016B4524ABEE7CF32EA3838BC148F3',
    externalAuthenticate: '8482010010BA6961667737C5BCEBECE14C7D6A4376',
    commands: [
      ['84F220020814DB34FA4341DCA8', ''],
      ['84CA00660855ED7C5FF069512B00', ''],
      ['84F22002124F0212345C054F9F70C58FC1B380C4228AF8', '4F0212345C054F9F70C5'],
      ['84F280020A4F003B95F09317DE6A4E00', '4F00'],
    ],
  }),
  'SCP03 with MACs and encryption': () => ({
    session: new Scp03Card(
      { ...identity, protocol: 'SCP03', keys: scp03Keys, keyVersion: 0x30, sequence: 0 },
      fromHex('8E1552D0513C60F3'),
      fromHex('30760CD2C47C1DD3'),
    ),
    answer: '0000000000000000000030030030760CD2C47C1DD395065FE5EAD8A9D7',
    externalAuthenticate: '8482030010FD4721A14D9B07003C451D2F8AE6BB21',
    commands: [
      ['84E2910018CA9C00F6713D79BC8BAA642BDFF51C3F6A4082D3BD9AD26C00', 'BF3E035C015A'],
      ['84F2200208C9811B11F1264CF1', ''],
      ['84CA006608E10AB60B3054798800', ''],
      ['84F22002184E2908BDB48B2315A55482E9E936CA122D6ECFAE7D17416E', '4F0212345C054F9F70C5'],
      ['84F28002180DD10A6B6193E5340B9E77D32D5A179CD710AC2773AEFB2800', '4F00'],
    ],
  }),
};

describe.each(Object.keys(exchanges))('%s', name => {
  const exchange = (): Exchange => {
    const make = exchanges[name];
    if (make === undefined) throw new Error('no such exchange');
    return make();
  };

  it('answers INITIALIZE UPDATE as the recorded card did', () => {
    const { session, answer } = exchange();
    expect(toHex(session.answer)).toBe(answer);
  });

  it('takes the recorded host at its word, and unwraps its commands', () => {
    const { session, externalAuthenticate, commands } = exchange();
    expect(session.open).toBe(false);
    expect(session.authenticate(parseCommand(fromHex(externalAuthenticate)))).toBe(true);
    expect(session.open).toBe(true);
    for (const [wrapped, plain] of commands) {
      const data = session.unwrap(parseCommand(fromHex(wrapped)));
      expect(data && toHex(data)).toBe(plain);
    }
  });

  it('refuses a cryptogram, a MAC, a header and data with a flipped bit, and a command out of order', () => {
    const { externalAuthenticate, commands } = exchange();
    const flipped = (hex: string, at: number): ReturnType<typeof parseCommand> => {
      const bytes = fromHex(hex);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return parseCommand(bytes);
    };
    for (const at of [5, 12, 13, 20]) {
      const { session } = exchange();
      expect(session.authenticate(flipped(externalAuthenticate, at))).toBe(false);
      expect(session.open).toBe(false);
    }
    const withData = commands.findIndex(([, plain]) => plain !== '');
    const [wrapped = ''] = commands[withData] ?? [];
    const opened = (): CardSession => {
      const { session } = exchange();
      session.authenticate(parseCommand(fromHex(externalAuthenticate)));
      for (const [before] of commands.slice(0, withData)) session.unwrap(parseCommand(fromHex(before)));
      return session;
    };
    for (const at of [1, 2, 5, 5 + (fromHex(wrapped)[4] ?? 0) - 1])
      expect(opened().unwrap(flipped(wrapped, at))).toBeUndefined();
    const session = opened();
    expect(session.unwrap(parseCommand(fromHex(wrapped)))).toBeDefined();
    expect(session.unwrap(parseCommand(fromHex(wrapped)))).toBeUndefined();
  });
});

it('AES-CMAC is that of RFC 4493', () => {
  const key = fromHex('2B7E151628AED2A6ABF7158809CF4F3C');
  const message = fromHex('6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411');
  expect(toHex(aesCmac(key, new Uint8Array(0)))).toBe('BB1D6929E95937287FA37D129B756746');
  expect(toHex(aesCmac(key, message.subarray(0, 16)))).toBe('070A16B46B4D4144F79BDD9DD04A287C');
  expect(toHex(aesCmac(key, message))).toBe('DFA66747DE9AE63030CA32611497C827');
});

it('the retail MAC is that of ISO 9797-1, annex B', () => {
  const key = concatBytes(fromHex('0123456789ABCDEF'), fromHex('FEDCBA9876543210'));
  const text = (words: string): Uint8Array => new TextEncoder().encode(words);
  expect(toHex(retailMac(key, text('Now is the time for all ')))).toBe('E9086230CA3BE796');
  expect(toHex(retailMac(key, text('Now is the time for it')))).toBe('5A692CE64F404145');
});

it('the check value of the default AES key is the known one', () => {
  expect(toHex(aesKeyCheckValue(fromHex('404142434445464748494A4B4C4D4E4F')))).toBe('504A77');
});

describe('a card of GlobalPlatform 2.1.1', () => {
  const insert = (options: VirtualCardOptions): { card: VirtualCard; host: CardHost } => {
    const card = new VirtualCard(options);
    return { card, host: new CardHost(apdu => card.process(apdu)) };
  };

  it.each([
    ['SCP02', '0215', '80'],
    ['SCP03', '0300', '88'],
  ] as const)('tells that it speaks %s, and its keys', async (secureChannel, protocol, type) => {
    const { host } = insert({ secureChannel });
    await host.select(managerAid);
    const names =
      '06072A864886FC6B01600C060A2A864886FC6B02020101630906072A864886FC6B03640B06092A864886FC6B04';
    expect(await host.send('80CA006600')).toBe(`6631732F${names}${protocol}9000`);
    const keys = [1, 2, 3].map(key => `C0040${key}01${type}10`).join('');
    expect(await host.send('80CA00E000')).toBe(`E012${keys}9000`);
  });

  it.each([
    ['SCP01', '01', 28],
    ['SCP02', '02', 28],
    ['SCP03', '0300', 29],
  ] as const)('lives on with %s', async (secureChannel, protocol, length) => {
    const folder = mkdtempSync(join(tmpdir(), 'esc-channels-'));
    const file = join(folder, 'card.json');
    insert({ secureChannel, file }).card.flush();
    const { host } = insert({ file });
    await host.select(managerAid);
    const answer = await host.send('80500000080102030405060708');
    expect(answer).toHaveLength(2 * length + 4);
    expect(answer.slice(20)).toMatch(new RegExp(`^01${protocol}`));
    rmSync(folder, { recursive: true });
  });

  it('tells version 1.5 of the applet made for it', async () => {
    const { host } = insert({ build: '558CDCFF' });
    await host.format();
    await host.select(appletAid);
    expect(await host.send('B070000004')).toBe('558CDCFF9000');
    expect((await host.send('B03C000010')).slice(0, 8)).toBe('01010105');
  });
});

describe('PUT KEY', () => {
  const kek = fromHex('404142434445464748494A4B4C4D4E4F');
  const keys = ['11', '22', '33'].map(byte => fromHex(byte.repeat(16)));
  const encrypted = (algorithm: string, key: Uint8Array, secret: Uint8Array): Uint8Array => {
    const cipher = createCipheriv(algorithm, key, null).setAutoPadding(false);
    return concatBytes(cipher.update(secret), cipher.final());
  };
  const threeKeys = (key: Uint8Array): Uint8Array => concatBytes(key, key.subarray(0, 8));
  const forms = {
    SCP01: ['8110', 'des'],
    SCP02: ['8010', 'des'],
    SCP03: ['881110', 'aes'],
  } as const;

  const dataFor = (protocol: ChannelProtocol): Uint8Array => {
    const [header, kind] = forms[protocol];
    const fields = keys.flatMap(key => {
      const [wrapped, check] =
        kind === 'aes'
          ? [encrypted('aes-128-ecb', kek, key), encrypted('aes-128-ecb', key, new Uint8Array(16).fill(1))]
          : [
              encrypted('des-ede3', threeKeys(kek), key),
              encrypted('des-ede3', threeKeys(key), new Uint8Array(8)),
            ];
      return [fromHex(header), wrapped, Uint8Array.of(3), check.subarray(0, 3)];
    });
    return concatBytes(Uint8Array.of(2), ...fields);
  };
  const read = (protocol: ChannelProtocol, data: Uint8Array): unknown => {
    const [, kind] = forms[protocol];
    return readPutKey(protocol, data, wrapped => {
      const decipher =
        kind === 'aes'
          ? createDecipheriv('aes-128-ecb', kek, null)
          : createDecipheriv('des-ede3', threeKeys(kek), null);
      decipher.setAutoPadding(false);
      return concatBytes(decipher.update(wrapped), decipher.final());
    });
  };

  it.each(['SCP01', 'SCP02', 'SCP03'] as const)('brings three keys in the form of %s', protocol => {
    const [enc, mac, kek] = keys;
    expect(read(protocol, dataFor(protocol))).toEqual({ enc, mac, kek });
  });

  it.each(['SCP01', 'SCP02', 'SCP03'] as const)(
    'refuses a key that does not fit its check value, another kind of key and a wrong length, with %s',
    protocol => {
      const good = dataFor(protocol);
      for (const at of [1, 2, 6, good.length - 1]) {
        const wrong = good.slice();
        wrong[at] = (wrong[at] ?? 0) ^ 0x10;
        expect(() => read(protocol, wrong)).toThrow('6A80');
      }
      expect(() => read(protocol, good.subarray(0, -1))).toThrow('6700');
    },
  );
});
