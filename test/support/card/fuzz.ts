import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflate, gzip } from 'pako';
import { concatBytes, fromHex, toHex, u16 } from '../../../src/base/bytes.js';
import { Failure } from '../../../src/base/failure.js';
import { parseCertificate } from '../../../src/card/certificate.js';
import { readCard, readContents } from '../../../src/card/card-report.js';
import type { CardChannel } from '../../../src/card/channel.js';
import { decodeCombinedObject } from '../../../src/card/combined-object.js';
import { parseCplc } from '../../../src/card/cplc.js';
import { inflate } from '../../../src/card/inflate.js';
import { decodePivCertificate } from '../../../src/card/piv.js';
import { decodeSeparateCertificate, decodeSeparateObject } from '../../../src/card/separate-objects.js';
import { parseTlvs } from '../../../src/card/tlv.js';
import { bmpCertificate, caCertificate, ecCertificate, ed25519Certificate } from './certificates.js';
import { encodeCombined, encodeObject, encodeSeparate } from './combined.js';
import { cplcAnswer, enrolledStatus, FakeCard, issuerInfo, pivObject } from './fake-card.js';

/** Reproducible: the same seed gives the same inputs (mulberry32). */
export class Random {
  public constructor(private state: number) {}

  /** From 0 to `limit` - 1. */
  public below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  public bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  public of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const interesting = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff, 0x30, 0x31, 0x1f, 0x3f];

/** The bytes with one to eight changes: other values, parts lost, repeated or put in. */
function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let result = bytes.slice();
  for (let changes = 1 + random.below(8); changes > 0; changes -= 1) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + random.below(20));
    switch (random.below(6)) {
      case 0:
        result[at] = random.below(256);
        break;
      case 1:
        result[at] = random.of(interesting);
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result = concatBytes(result.subarray(0, at), result.subarray(end)) as Uint8Array<ArrayBuffer>;
        break;
      case 4:
        result = concatBytes(result.subarray(0, end), result.subarray(at)) as Uint8Array<ArrayBuffer>;
        break;
      default:
        result = concatBytes(
          result.subarray(0, at),
          random.bytes(random.below(8)),
          result.subarray(at),
        ) as Uint8Array<ArrayBuffer>;
    }
  }
  return result;
}

const live = fromHex(readFileSync(join(import.meta.dirname, '../../vectors/z0-live.hex'), 'utf8'));
const liveData = inflate(live.subarray(20), 0x10000);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const objects = [
  encodeObject('c1', 0x91, [
    [3, utf8('label')],
    [0x11, ecCertificate],
  ]),
  encodeObject('k3', 0xc00a1, []),
  encodeObject('k2', 0x1301b1, [[0x100, 0]]),
];
const plain = encodeCombined({ objects, compressed: false });
const separate = encodeSeparate('k2', [
  [0, Uint8Array.of(3, 0, 0, 0)],
  [0x102, Uint8Array.of(1)],
  [0x108, Uint8Array.of(1)],
  [0x120, new Uint8Array(128)],
]);
const piv = fromHex(pivObject(ecCertificate)).slice(0, -2);
const pivPacked = fromHex(pivObject(gzip(ecCertificate), 1)).slice(0, -2);
const certificates = [ecCertificate, caCertificate, ed25519Certificate, bmpCertificate];

interface Target {
  readonly name: string;
  readonly input: (random: Random) => Uint8Array;
  readonly run: (input: Uint8Array) => unknown;
}

/** Compressed again, so that the damage is behind the check sum. */
function repacked(random: Random): Uint8Array {
  const packed = deflate(mutate(random, liveData), { level: 1 });
  return concatBytes(live.subarray(0, 16), u16(packed.length), u16(20), packed);
}

const targets: readonly Target[] = [
  { name: 'TLV, noise', input: random => random.bytes(random.below(40)), run: parseTlvs },
  { name: 'TLV', input: random => mutate(random, piv), run: parseTlvs },
  { name: 'CPLC', input: random => mutate(random, fromHex(cplcAnswer)), run: parseCplc },
  { name: 'z0', input: random => mutate(random, live), run: decodeCombinedObject },
  { name: 'z0, repacked', input: repacked, run: decodeCombinedObject },
  { name: 'z0, uncompressed', input: random => mutate(random, plain), run: decodeCombinedObject },
  { name: 'separate object', input: random => mutate(random, separate), run: decodeSeparateObject },
  {
    name: 'separate certificate',
    input: random => mutate(random, ecCertificate.subarray(0, 20)),
    run: decodeSeparateCertificate,
  },
  {
    name: 'certificate',
    input: random => mutate(random, random.of(certificates)),
    run: readWhole,
  },
  {
    name: 'certificate, noise',
    input: random => random.bytes(random.below(200)),
    run: readWhole,
  },
  {
    name: 'PIV object',
    input: random => mutate(random, random.of([piv, pivPacked])),
    run: decodePivCertificate,
  },
];

/** With the parts that are read when they are shown. */
function readWhole(input: Uint8Array): object {
  return { ...parseCertificate(input, 'label') };
}

/** A card that answers rightly, wrongly, or with noise, as chance has it. */
function hostileCard(random: Random): CardChannel {
  const stored = new Map([
    ['63310000', separate],
    ['43310000', ecCertificate],
  ]);
  if (random.below(3) > 0) stored.set('7A300000', mutate(random, random.of([live, plain])));
  const pivAnswers = new Map([
    ['SELECT', '61009000'],
    ['00CB3FFF055C035FC105', pivObject(mutate(random, ecCertificate), random.below(2))],
  ]);
  const card = new FakeCard({
    cplc: cplcAnswer,
    ...(random.below(4) === 0
      ? {}
      : {
          applet: {
            lifeCycle: random.of(['07000101', '0F010101', '0F', '']),
            buildId: '58768072',
            status: enrolledStatus,
            issuer: issuerInfo('http://example.com'),
            pinMask: '0001',
            keys: ['0203030400000040000001'],
            objects: stored,
          },
        }),
    others: new Map([
      ['A00000030800001000', pivAnswers],
      ['A0000000790100', new Map()],
    ]),
  });
  const rate = random.of([2, 5, 20, 100]);
  return {
    transmit: async command => {
      const answer = await card.transmit(command);
      if (random.below(rate) > 0) return answer;
      switch (random.below(4)) {
        case 0:
          return random.bytes(random.below(10));
        case 1:
          return mutate(random, answer);
        case 2:
          return concatBytes(
            random.bytes(random.below(256)),
            Uint8Array.of(random.of([0x61, 0x6c]), random.below(256)),
          );
        default:
          return u16(random.of([0x9000, 0x6a82, 0x6d00, 0x9c07, 0x9c12, 0x6f00, 0x6300]));
      }
    },
  };
}

export interface FuzzResult {
  readonly inputs: number;
  /** How many of them were refused, the others were read. */
  readonly refused: number;
  /** Of the slowest input. */
  readonly slowest: { readonly name: string; readonly milliseconds: number };
}

/**
 * Gives the parsers that many inputs, one in a hundred of them a whole card.
 * @throws Error with target and input for anything thrown that is no Failure, or is `internal`
 */
export async function fuzz(seed: number, inputs: number): Promise<FuzzResult> {
  const random = new Random(seed);
  let refused = 0;
  let slowest = { name: '', milliseconds: 0 };
  for (let i = 0; i < inputs; i += 1) {
    const target = random.of(targets);
    const wholeCard = i % 100 === 0;
    const input = wholeCard ? new Uint8Array() : target.input(random);
    const name = wholeCard ? 'card' : target.name;
    // Of the processors: a machine that has other things to do makes it no slower.
    const start = process.cpuUsage();
    try {
      if (wholeCard) {
        const card = hostileCard(random);
        await readContents(card, await readCard(card));
      } else {
        target.run(input);
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'internal')
        throw new Error(`seed ${seed}, input ${i}, ${name}: ${toHex(input)}`, { cause: error });
      refused += 1;
    }
    const { user, system } = process.cpuUsage(start);
    const milliseconds = (user + system) / 1000;
    if (milliseconds > slowest.milliseconds) slowest = { name, milliseconds };
  }
  return { inputs, refused, slowest };
}
