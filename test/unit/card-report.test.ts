import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzip } from 'pako';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { readCard, readContents } from '../../src/card/card-report.js';
import type { CardContents, CardSummary } from '../../src/card/card-report.js';
import type { CardChannel } from '../../src/card/channel.js';
import { caCertificate, ecCertificate } from '../support/card/certificates.js';
import { encodeCombined, encodeObject, encodeSeparate } from '../support/card/combined.js';
import {
  cplcAnswer,
  enrolledStatus,
  FakeCard,
  freshStatus,
  issuerInfo,
  pivObject,
} from '../support/card/fake-card.js';
import type { FakeApplet, FakeCardOptions } from '../support/card/fake-card.js';

const vectors = join(import.meta.dirname, '../vectors');
const live = fromHex(readFileSync(join(vectors, 'z0-live.hex'), 'utf8'));
const z0 = '7A300000';
const phoneHome = 'http://pki.example.com:8080/tps/phoneHome';

const formatted: FakeApplet = {
  lifeCycle: '07000101',
  buildId: '58768072',
  status: freshStatus,
  issuer: issuerInfo(phoneHome),
  pinMask: '0000',
  keys: [],
};
const keys = [
  '0203030400000040000001',
  '0301020400FFFF4000FFFF',
  '0403050400000040000001',
  '0501040400FFFF4000FFFF',
];
const enrolled: FakeApplet = {
  ...formatted,
  lifeCycle: '0F010101',
  status: enrolledStatus,
  pinMask: '0001',
  keys,
  objects: new Map([
    [z0, live],
    ['FF00FFF3', new Uint8Array(0x284)],
  ]),
};

async function look(options: FakeCardOptions): Promise<{ summary: CardSummary; card: FakeCard }> {
  const card = new FakeCard({ cplc: cplcAnswer, ...options });
  return { summary: await readCard(card), card };
}

async function readAll(options: FakeCardOptions): Promise<{ summary: CardSummary; contents: CardContents }> {
  const { summary, card } = await look(options);
  return { summary, contents: await readContents(card, summary) };
}

const withObjects = (objects: readonly (readonly [string, Uint8Array])[]): FakeCardOptions => ({
  applet: { ...enrolled, objects: new Map(objects) },
});
const withCombined = (parts: Parameters<typeof encodeCombined>[0]): FakeCardOptions =>
  withObjects([[z0, encodeCombined(parts)]]);

describe('kinds', () => {
  test('a blank card', async () => {
    const { summary, card } = await look({});
    expect(summary).toEqual({
      kind: 'blank',
      status: 'NO_APPLET',
      isCoolKey: true,
      unfinished: false,
      cuid: fromHex('40906145C76224192D01'),
    });
    expect(card.sent.length).toBeLessThanOrEqual(6);
  });

  test('a formatted card', async () => {
    const { summary, card } = await look({ applet: formatted });
    expect(summary).toEqual({
      kind: 'coolkey',
      status: 'UNINITIALIZED',
      isCoolKey: true,
      unfinished: false,
      cuid: fromHex('40906145C76224192D01'),
      protocolVersion: '1.1',
      appletVersion: '1.4.58768072',
      buildId: '58768072',
      lifeCycle: 7,
      totalMemory: 5000,
      freeMemory: 4998,
      issuerUrl: phoneHome,
    });
    expect(card.sent.length).toBeLessThanOrEqual(8);
  });

  test('an enrolled card, in few commands', async () => {
    const { summary, card } = await look({ applet: enrolled });
    expect(summary).toMatchObject({ kind: 'coolkey', status: 'ENROLLED', unfinished: false, lifeCycle: 15 });
    expect(card.sent.length).toBeLessThanOrEqual(9);
  });

  test('a PIV card, an old CAC', async () => {
    const piv = new Map([['A00000030800001000', new Map([['SELECT', '61064F0400001000 9000']])]]);
    expect((await look({ others: piv })).summary).toMatchObject({
      kind: 'piv',
      isCoolKey: false,
      status: 'ENROLLED',
    });
    for (const aid of ['A000000116DB00', 'A0000000790100'])
      expect((await look({ others: new Map([[aid, new Map()]]) })).summary).toMatchObject({ kind: 'cac' });
  });

  test('a CoolKey card that has PIV too is a CoolKey card', async () => {
    const others = new Map([['A00000030800001000', new Map([['SELECT', '61009000']])]]);
    expect((await look({ others, applet: formatted })).summary.kind).toBe('coolkey');
  });

  test('a card without CPLC is unknown', async () => {
    expect((await look({ cplc: '6A88' })).summary).toEqual({
      kind: 'unknown',
      status: 'NO_APPLET',
      isCoolKey: false,
      unfinished: false,
    });
  });

  test.each(['9000', '6E00', '6D00', '6F00'])(
    'a card that answers everything with %s is unknown',
    async answer => {
      const channel: CardChannel = { transmit: () => Promise.resolve(fromHex(answer)) };
      expect(await readCard(channel)).toMatchObject({ kind: 'unknown', isCoolKey: false });
    },
  );

  test('the card manager of newer cards; CPLC in other forms', async () => {
    expect((await look({ manager: 'A000000151000000' })).summary).toMatchObject({ kind: 'blank' });
    const untagged = cplcAnswer.slice(6);
    expect((await look({ cplc: untagged })).summary.cuid).toEqual(fromHex('40906145C76224192D01'));
    expect((await look({ cplc: '9F7F00 9000' })).summary.kind).toBe('unknown');
  });
});

describe('what the applet does not know or say', () => {
  test('nothing but its life cycle', async () => {
    const { summary } = await look({ applet: { lifeCycle: '07' } });
    expect(summary).toMatchObject({
      kind: 'coolkey',
      status: 'UNINITIALIZED',
      unfinished: false,
      lifeCycle: 7,
    });
    expect(summary.issuerUrl).toBeUndefined();
    expect(summary.appletVersion).toBeUndefined();
  });

  test('without GET STATUS, PINs and keys are asked for by themselves', async () => {
    const bare = { lifeCycle: '07', buildId: '58768072' };
    expect((await look({ applet: { ...bare, pinMask: '0001' } })).summary.unfinished).toBe(true);
    expect((await look({ applet: { ...bare, pinMask: '0000', keys } })).summary.unfinished).toBe(true);
    expect((await look({ applet: { ...bare, pinMask: '0000', keys: [] } })).summary.unfinished).toBe(false);
  });

  test.each([
    ['all zero', '', undefined],
    ['no URL', 'Property of Example', undefined],
    ['another scheme', 'ftp://example.com/', undefined],
    ['not ASCII', 'http://exämple.com/', undefined],
    ['white space around', ' http://example.com/ ', 'http://example.com/'],
    ['full, without NUL', `https://${'a'.repeat(216)}`, `https://${'a'.repeat(216)}`],
  ])('issuer information: %s', async (_name, text, url) => {
    const { summary } = await look({ applet: { ...formatted, issuer: issuerInfo(text) } });
    expect(summary.issuerUrl).toBe(url);
  });

  test.each([
    ['lifeCycle', ''],
    ['buildId', '5876'],
    ['status', '0101'],
    ['issuer', ''],
  ] as const)('a short answer for %s harms nothing else', async (field, answer) => {
    const { summary } = await look({ applet: { ...formatted, [field]: answer } });
    expect(summary.kind).toBe('coolkey');
  });
});

describe('unfinished', () => {
  const cases: readonly (readonly [string, FakeApplet, boolean])[] = [
    ['freshly formatted', formatted, false],
    ['a PIN by the life cycle', { ...formatted, lifeCycle: '07010101' }, true],
    ['a PIN by the status', { ...formatted, status: '01010104000013880000138601000000' }, true],
    ['keys', { ...formatted, status: '01010104000013880000138600020000' }, true],
    ['an object', { ...formatted, objects: new Map([['FF00FFF3', new Uint8Array(4)]]) }, true],
    ['enrolled', enrolled, false],
    ['enrolled, z0 missing', { ...enrolled, objects: new Map() }, true],
    [
      'enrolled, z0 shorter than its header',
      { ...enrolled, objects: new Map([[z0, live.slice(0, 10)]]) },
      true,
    ],
    ['enrolled, z0 cut', { ...enrolled, objects: new Map([[z0, live.slice(0, 900)]]) }, true],
    ['enrolled, z0 half written', { ...enrolled, objects: new Map([[z0, live.slice().fill(0, 700)]]) }, true],
    ['enrolled, z0 of zeros', { ...enrolled, objects: new Map([[z0, new Uint8Array(1295)]]) }, true],
    ['enrolled, z0 of 128 KiB', { ...enrolled, objects: new Map([[z0, live.slice().fill(0xff, 16)]]) }, true],
    ['blocked', { ...formatted, lifeCycle: '7F000101' }, false],
  ];

  test.each(cases)('%s: %#', async (_name, applet, wanted) => {
    expect((await look({ applet })).summary.unfinished).toBe(wanted);
  });

  test('an uncompressed z0 that ends in zeros is read whole to tell', async () => {
    const objects = [
      encodeObject('c1', 0x91, [[0x11, ecCertificate]]),
      encodeObject('k2', 0x1301b1, [[0x100, 0]]),
    ];
    const whole = encodeCombined({ objects, compressed: false });
    expect((await look(withObjects([[z0, whole]]))).summary.unfinished).toBe(false);
    expect((await look(withObjects([[z0, whole.slice().fill(0, 300)]]))).summary.unfinished).toBe(true);
  });

  test('what the first look could not see is seen when everything is read', async () => {
    const torn = live.slice().fill(0, 400, 800);
    const { summary, contents } = await readAll(withObjects([[z0, torn]]));
    expect(summary.unfinished).toBe(false);
    expect(contents.unfinished).toBe(true);
    expect(contents.notes).toMatchObject([{ part: 'combined-object', failure: { code: 'malformed-data' } }]);
  });

  test('the old form counts as readable', async () => {
    const objects: [string, Uint8Array][] = [
      ['63310000', encodeSeparate('c1', [[0, Uint8Array.of(1, 0, 0, 0)]])],
    ];
    expect((await look(withObjects(objects))).summary.unfinished).toBe(false);
  });

  /** The real applet's own words after an operation that was cut off; the last line of each is after the next one. */
  test('each state that the real applet was left in', async () => {
    const text = readFileSync(join(vectors, 'real-applet-interrupted.txt'), 'utf8');
    const found = new Map<string, string>();
    for (const section of text.split('== ').slice(1)) {
      const name = section.slice(0, section.indexOf('\n'));
      const card = /CARD (.*)/.exec(section)?.[1] ?? '';
      const readable = /OPENSC rc 0 2 certs/.test(section);
      const { summary } = await look(stateOf(card, readable));
      found.set(name, `${summary.status}${summary.unfinished ? ' unfinished' : ''}`);
    }
    expect(Object.fromEntries(found)).toEqual({
      'load-half': 'NO_APPLET',
      'before-set-pin': 'UNINITIALIZED unfinished',
      'before-readkey': 'UNINITIALIZED unfinished',
      'before-import': 'UNINITIALIZED unfinished',
      'z0-created': 'UNINITIALIZED unfinished',
      'z0-half': 'UNINITIALIZED unfinished',
      'before-lifecycle': 'UNINITIALIZED unfinished',
      'before-clear': 'ENROLLED',
      'reenrol half': 'ENROLLED unfinished',
    });
  });
});

/** A card as a line of the transcript describes it. */
function stateOf(line: string, readable: boolean): FakeCardOptions {
  if (line.startsWith('SELECT 6A82')) return {};
  const field = (name: string): string => new RegExp(`\\| ${name} ([0-9A-F]+)`).exec(line)?.[1] ?? '';
  const head = fromHex(/z0 ([0-9A-F]{40}) /.exec(line)?.[1] ?? '');
  const objects = new Map<string, Uint8Array>();
  for (const [, id = '', size = ''] of line.matchAll(/([0-9A-F]{8})(0000[0-9A-F]{4})/g)) {
    if (!line.includes(`OBJ ${id}`) && !line.includes(`,${id}`)) continue;
    const rest = new Uint8Array(Number.parseInt(size, 16) - (id === z0 ? head.length : 0));
    objects.set(id, id === z0 ? concatBytes(head, rest.fill(readable ? 0xa5 : 0)) : rest);
  }
  return { applet: { ...formatted, lifeCycle: field('LC'), status: field('STAT'), objects } };
}

describe('contents', () => {
  test('of a real enrolment', async () => {
    const { contents } = await readAll({ applet: enrolled });
    expect(contents.tokenName).toBe('jsmith');
    expect(contents.certificates.map(({ label }) => label)).toEqual([
      'signing key for jsmith',
      'encryption key for jsmith',
    ]);
    expect(contents.keys).toMatchObject([
      { number: 2, kind: 'rsa', bits: 1024, uses: ['sign', 'sign-recover'] },
      { number: 4, kind: 'rsa', bits: 1024, uses: ['decrypt', 'unwrap'] },
    ]);
    expect(contents.issuedTo).not.toBe('');
    expect(contents.unfinished).toBe(false);
    expect(contents.notes).toEqual([]);
  });

  test('names come from the first certificate that is no CA', async () => {
    const objects = [
      encodeObject('c0', 0x90, [[0x11, caCertificate]]),
      encodeObject('c1', 0x91, [[0x11, ecCertificate]]),
      encodeObject('k2', 0x1301b1, [[0x100, 3]]),
    ];
    const { contents } = await readAll(withCombined({ objects }));
    expect(contents.issuedTo).toBe('Zoë "Z" Müller');
    expect(contents.issuer).toBe('Example, Inc.');
    expect(contents.keys).toMatchObject([
      { number: 2, kind: 'ec', bits: 256, uses: ['sign', 'sign-recover'] },
    ]);
  });

  test('a card without a name is called after its certificate, or its number', async () => {
    const objects = [encodeObject('c1', 0x91, [[0x11, ecCertificate]])];
    const name = new Uint8Array();
    expect((await readAll(withCombined({ name, objects }))).contents.tokenName).toBe(
      'CoolKey for Zoë "Z" Müller',
    );
    expect((await readAll(withCombined({ name }))).contents.tokenName).toBe('CoolKey 24192d01');
  });

  test('a broken certificate is missing, the others are there', async () => {
    const objects = [
      encodeObject('c1', 0x91, [[0x11, ecCertificate.slice(0, 100)]]),
      encodeObject('c2', 0x92, [[0x11, ecCertificate]]),
    ];
    const { contents } = await readAll(withCombined({ objects }));
    expect(contents.certificates).toHaveLength(1);
    expect(contents.notes).toMatchObject([
      { part: 'certificate', name: 'c1', failure: { code: 'malformed-data' } },
    ]);
    expect(contents.unfinished).toBe(false);
  });

  test('without z0 the keys are those that the applet lists', async () => {
    const { contents } = await readAll({ applet: { ...enrolled, objects: new Map() } });
    expect(contents.keys).toMatchObject([
      { number: 2, kind: 'rsa', bits: 1024, uses: [] },
      { number: 4, kind: 'rsa', bits: 1024, uses: [] },
    ]);
    expect(contents.unfinished).toBe(true);
  });

  test('the old form', async () => {
    const id = Uint8Array.of(7);
    const { contents } = await readAll(
      withObjects([
        [
          '63310000',
          encodeSeparate('c1', [
            [0, Uint8Array.of(1, 0, 0, 0)],
            [3, new TextEncoder().encode('old one')],
            [0x102, id],
          ]),
        ],
        ['43310000', ecCertificate],
        [
          '6B320000',
          encodeSeparate('k2', [
            [0, Uint8Array.of(3, 0, 0, 0)],
            [0x102, id],
            [0x108, Uint8Array.of(1)],
          ]),
        ],
        ['6B330000', Uint8Array.of(1, 2, 3)],
      ]),
    );
    expect(contents.certificates.map(({ label }) => label)).toEqual(['old one']);
    expect(contents.keys).toMatchObject([{ number: 2, kind: 'ec', bits: 256, uses: ['sign'] }]);
    expect(contents.notes).toMatchObject([{ part: 'separate-objects', name: 'k3' }]);
    expect(contents.tokenName).toBe('CoolKey for old one');
    expect(contents.unfinished).toBe(false);
  });

  test('a PIV card, one certificate in gzip, one broken', async () => {
    const get = (object: string): string => `00CB3FFF055C035FC1${object}`;
    const aid = 'A00000030800001000';
    const answers = new Map([
      ['SELECT', '61009000'],
      [get('05'), pivObject(ecCertificate)],
      [get('0A'), pivObject(gzip(ecCertificate), 1)],
      [get('0B'), '6A82'],
      [get('01'), pivObject(Uint8Array.of(1, 2, 3))],
    ]);
    const { summary, contents } = await readAll({ others: new Map([[aid, answers]]) });
    expect(summary.kind).toBe('piv');
    expect(contents.certificates.map(({ label }) => label)).toEqual([
      'PIV Authentication',
      'Digital Signature',
    ]);
    expect(contents.keys.map(({ number }) => number)).toEqual([0x9a, 0x9c]);
    expect(contents.notes).toMatchObject([{ part: 'certificate', name: 'Card Authentication' }]);
    expect(contents.issuedTo).toBe('Zoë "Z" Müller');
  });

  test('an old CAC gives its certificate in pieces', async () => {
    const stored = concatBytes(Uint8Array.of(0), ecCertificate);
    const card = new FakeCard({ others: new Map([['A0000000790100', new Map()]]) });
    let at = 0;
    const channel: CardChannel = {
      transmit: command => {
        if (command[1] !== 0x36) return card.transmit(command);
        const piece = stored.subarray(at, at + (command[4] ?? 0));
        at += piece.length;
        const left = Math.min(255, stored.length - at);
        const sw = left > 0 ? [0x63, left] : [0x90, 0x00];
        return Promise.resolve(concatBytes(piece, Uint8Array.from(sw)));
      },
    };
    const summary = await readCard(channel);
    expect(summary.kind).toBe('cac');
    const contents = await readContents(channel, summary);
    expect(contents.certificates.map(({ label, sha1 }) => [label, sha1.length])).toEqual([
      ['CAC ID Certificate', 40],
    ]);
    expect(contents.notes).toEqual([]);
  });

  test('a later CAC has it in a buffer of values, in gzip', async () => {
    const packed = gzip(ecCertificate);
    const littleEndian = (value: number): number[] => [value & 0xff, value >>> 8];
    const tags = Uint8Array.from([0x71, 1, 0x72, 3, 0x70, 0xff, ...littleEndian(packed.length)]);
    const values = concatBytes(Uint8Array.of(1, 9, 9, 9), packed);
    const card = new FakeCard({
      others: new Map([
        ['A0000000790102', new Map()],
        ['A000000116DB00', new Map()],
      ]),
    });
    const channel: CardChannel = {
      transmit: command => {
        const [, ins, high = 0, low = 0, , type, length = 0] = command;
        if (ins !== 0x52) return card.transmit(command);
        const body = type === 1 ? tags : values;
        const buffer = concatBytes(Uint8Array.from(littleEndian(body.length)), body);
        const offset = high * 256 + low;
        return Promise.resolve(concatBytes(buffer.subarray(offset, offset + length), fromHex('9000')));
      },
    };
    const contents = await readContents(channel, await readCard(channel));
    expect(contents.certificates.map(({ label }) => label)).toEqual(['CAC Email Encryption Certificate']);
    expect(contents.keys).toMatchObject([{ number: 2, kind: 'ec', bits: 256, uses: ['decrypt'] }]);
  });

  test('nothing is read of a blank or unknown card', async () => {
    const { summary, card } = await look({});
    const before = card.sent.length;
    expect((await readContents(card, summary)).certificates).toEqual([]);
    expect(card.sent).toHaveLength(before);
  });
});

describe('a card that is lost', () => {
  const total = async (): Promise<number> => {
    const { summary, card } = await look({ applet: enrolled });
    await readContents(card, summary);
    return card.sent.length;
  };

  test('at any moment: its failure comes out', async () => {
    const commands = await total();
    for (let survived = 0; survived < commands; survived += 1) {
      const card = new FakeCard({ cplc: cplcAnswer, applet: enrolled });
      const channel: CardChannel = {
        transmit: command =>
          card.sent.length < survived
            ? card.transmit(command)
            : Promise.reject(new Failure('card-removed', 'pulled')),
      };
      const reading = readCard(channel).then(summary => readContents(channel, summary));
      await expect(reading).rejects.toMatchObject({ code: 'card-removed' });
    }
  });

  test('another card in its place, without the applet', async () => {
    const { summary } = await look({ applet: enrolled });
    await expect(readContents(new FakeCard({}), summary)).rejects.toMatchObject({ code: 'card-refused' });
  });
});

describe('a card that never ends', () => {
  test('listing objects', async () => {
    let listed = 0;
    const card = new FakeCard({ cplc: cplcAnswer, applet: { ...enrolled, objects: new Map() } });
    const channel: CardChannel = {
      transmit: command => {
        if (command[1] !== 0x58) return card.transmit(command);
        listed += 1;
        return Promise.resolve(fromHex('633100000000001000000000000000009000'));
      },
    };
    const summary = await readCard(channel);
    expect(listed).toBeLessThanOrEqual(256);
    const contents = await readContents(channel, summary);
    expect(contents.notes).toMatchObject([
      { part: 'separate-objects', failure: { code: 'protocol-violation' } },
    ]);
  });

  test('listing keys', async () => {
    const endless = {
      ...enrolled,
      keys: Array.from({ length: 1000 }, () => keys[0] ?? ''),
      objects: new Map(),
    };
    const { summary, card } = await look({ applet: endless });
    const contents = await readContents(card, summary);
    expect(contents.notes).toMatchObject([{ part: 'keys', failure: { code: 'protocol-violation' } }]);
  });
});
