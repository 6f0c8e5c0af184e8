import { ByteReader, concatBytes } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import {
  answerData,
  ask,
  buildCommand,
  exchange,
  isSuccess,
  requireSuccess,
  statusWord,
  statusWords,
} from './apdu.js';
import type { CardChannel } from './channel.js';
import { inflate } from './inflate.js';
import { maxCertificateLength } from './stored-object.js';
import type { KeyUse } from './stored-object.js';
import { findTlv } from './tlv.js';

/** A place of a PIV or CAC card where a certificate may be, whose key has one job. */
export interface CertificateSlot {
  readonly label: string;
  /** PIV key reference (SP 800-78-4 table 6-1); the applet's last byte on a CAC. */
  readonly number: number;
  readonly uses: readonly KeyUse[];
  /** @returns the DER, undefined where the slot is empty. @throws Failure `card-refused`, `malformed-data`, of the channel */
  readonly read: (channel: CardChannel) => Promise<Uint8Array | undefined>;
}

/** Without its version, so that every one is found (SP 800-73-4 part 1 §2.2). */
const pivAid = Uint8Array.of(0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00);

/** SELECTs the PIV application; its answer has the application property template, tag 61. */
export async function selectPiv(channel: CardChannel): Promise<boolean> {
  const answer = await select(channel, pivAid);
  return isSuccess(answer) && answer[0] === 0x61;
}

/** In the order of SP 800-73-4 part 1 §3.1 to 3.2: what people use first. */
export const pivSlots: readonly CertificateSlot[] = [
  pivSlot('PIV Authentication', 0x9a, 0x05, ['sign']),
  pivSlot('Digital Signature', 0x9c, 0x0a, ['sign']),
  pivSlot('Key Management', 0x9d, 0x0b, ['decrypt']),
  pivSlot('Card Authentication', 0x9e, 0x01, ['sign']),
];

function pivSlot(label: string, number: number, object: number, uses: readonly KeyUse[]): CertificateSlot {
  return {
    label,
    number,
    uses,
    read: async channel => {
      const wanted = Uint8Array.of(0x5c, 0x03, 0x5f, 0xc1, object);
      const answer = await ask(channel, { cla: 0x00, ins: 0xcb, p1: 0x3f, p2: 0xff }, wanted);
      if (isAbsent(answer)) return undefined;
      return decodePivCertificate(requireSuccess(answer, `GET DATA ${label}`));
    },
  };
}

/**
 * Tag 53 around tag 70, the certificate, and tag 71, whose lowest bit says that it is compressed by gzip
 * (SP 800-73-4 part 1, appendix A).
 * @throws Failure `malformed-data`
 */
export function decodePivCertificate(data: Uint8Array): Uint8Array | undefined {
  const body = findTlv(data, 0x53) ?? data;
  const certificate = findTlv(body, 0x70);
  if (certificate === undefined || certificate.length === 0) return undefined;
  return unpack(certificate, findTlv(body, 0x71)?.[0] ?? 0);
}

function unpack(certificate: Uint8Array, information: number): Uint8Array {
  return (information & 1) === 1 ? inflate(certificate, maxCertificateLength) : certificate;
}

/** Card capability container of a CAC. */
const cacContainerAid = Uint8Array.of(0xa0, 0x00, 0x00, 0x01, 0x16, 0xdb, 0x00);

/** A CAC without PIV application: it has the capability container or a PKI applet. */
export async function selectCac(channel: CardChannel): Promise<boolean> {
  for (const aid of [cacContainerAid, cacAid(0)]) if (isSuccess(await select(channel, aid))) return true;
  return false;
}

export const cacSlots: readonly CertificateSlot[] = [
  cacSlot('CAC ID Certificate', 0, ['sign']),
  cacSlot('CAC Email Signature Certificate', 1, ['sign']),
  cacSlot('CAC Email Encryption Certificate', 2, ['decrypt']),
];

function cacAid(number: number): Uint8Array {
  return Uint8Array.of(0xa0, 0x00, 0x00, 0x00, 0x79, 0x01, number);
}

function cacSlot(label: string, number: number, uses: readonly KeyUse[]): CertificateSlot {
  return {
    label,
    number,
    uses,
    read: async channel => {
      if (!isSuccess(await select(channel, cacAid(number)))) return undefined;
      return (await readCacCertificate(channel)) ?? (await readCacBuffers(channel));
    },
  };
}

/** More pieces than a certificate of the greatest length has. */
const maxPieces = 512;

/**
 * GET CERTIFICATE of the first CACs (GSC-IS 2.1 §5.3.4): 63xx says that xx bytes more follow.
 * The first byte of all says whether what follows is compressed.
 * @returns undefined when the card does not know the command.
 */
async function readCacCertificate(channel: CardChannel): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let le = 100;
  for (let i = 0; i < maxPieces; i += 1) {
    const answer = await exchange(channel, buildCommand({ cla: 0x80, ins: 0x36 }, undefined, le));
    const sw = statusWord(answer);
    const piece = answerData(answer);
    if (pieces.length === 0 && piece.length === 0) return undefined;
    pieces.push(piece);
    if (sw >>> 8 === 0x63 && (sw & 0xff) > 0 && piece.length > 0) {
      le = sw & 0xff;
      continue;
    }
    requireSuccess(answer, 'GET CERTIFICATE');
    const all = concatBytes(...pieces);
    return unpack(all.subarray(1), all[0] ?? 0);
  }
  throw new Failure('protocol-violation', 'a certificate without end');
}

/**
 * READ BUFFER of later CACs (GSC-IS 2.1 §5.3.3): one buffer of tags and lengths, one of values.
 * @returns undefined when there is none.
 */
async function readCacBuffers(channel: CardChannel): Promise<Uint8Array | undefined> {
  const tags = await readCacBuffer(channel, 1);
  const values = tags === undefined ? undefined : await readCacBuffer(channel, 2);
  if (tags === undefined || values === undefined) return undefined;
  const tagReader = new ByteReader(tags);
  const valueReader = new ByteReader(values);
  let certificate: Uint8Array | undefined;
  let information = 0;
  while (tagReader.remaining > 0) {
    const tag = tagReader.u8();
    const short = tagReader.u8();
    const value = valueReader.take(short === 0xff ? littleEndianU16(tagReader.take(2)) : short);
    if (tag === 0x70) certificate = value;
    if (tag === 0x71) information = value[0] ?? 0;
  }
  return certificate === undefined || certificate.length === 0 ? undefined : unpack(certificate, information);
}

/** The buffer begins with its own length, little-endian u16, which counts itself not. */
async function readCacBuffer(channel: CardChannel, type: 1 | 2): Promise<Uint8Array | undefined> {
  const piece = async (offset: number, length: number): Promise<Uint8Array | undefined> => {
    const header = { cla: 0x80, ins: 0x52, p1: offset >>> 8, p2: offset & 0xff };
    const answer = await ask(channel, header, Uint8Array.of(type, length), length);
    if (!isSuccess(answer)) return undefined;
    const data = answerData(answer);
    if (data.length !== length) throw new Failure('malformed-data', `READ BUFFER gave ${data.length} bytes`);
    return data;
  };
  const head = await piece(0, 2);
  if (head === undefined) return undefined;
  const length = littleEndianU16(head);
  if (length > maxCertificateLength) throw new Failure('malformed-data', `a buffer of ${length} bytes`);
  const pieces: Uint8Array[] = [];
  for (let done = 0; done < length; done += 250) {
    const next = await piece(2 + done, Math.min(250, length - done));
    if (next === undefined) throw new Failure('malformed-data', 'a buffer shorter than it says');
    pieces.push(next);
  }
  return concatBytes(...pieces);
}

function littleEndianU16(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) + (bytes[1] ?? 0) * 256;
}

function select(channel: CardChannel, aid: Uint8Array): Promise<Uint8Array> {
  return ask(channel, { cla: 0x00, ins: 0xa4, p1: 0x04 }, aid);
}

function isAbsent(answer: Uint8Array): boolean {
  const sw = statusWord(answer);
  return sw === statusWords.fileNotFound || sw === statusWords.referencedDataNotFound;
}
