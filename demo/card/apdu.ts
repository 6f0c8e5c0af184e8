import type { Command } from '../scp01.js';

/** A short command APDU as a card sees it. */
export interface CardCommand extends Command {
  /** The fifth byte: Lc where data follows, else Le; 0 where there is none. */
  readonly p3: number;
}

/** Ends a command with a status word and no data. */
export class StatusError extends Error {
  public override readonly name = 'StatusError';

  public constructor(public readonly statusWord: number) {
    super(statusWord.toString(16).toUpperCase().padStart(4, '0'));
  }
}

/** The status words of the applet, of GlobalPlatform and of ISO 7816-4 that the card gives. */
export const status = {
  ok: 0x9000,
  wrongLength: 0x6700,
  authenticationFailed: 0x6300,
  securityStatusNotSatisfied: 0x6982,
  conditionsNotSatisfied: 0x6985,
  wrongData: 0x6a80,
  applicationNotFound: 0x6a82,
  wrongP1P2: 0x6a86,
  referencedDataNotFound: 0x6a88,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  /** What the platform answers for an exception that the applet does not catch. */
  uncaught: 0x6f00,
  noMemory: 0x9c01,
  wrongPin: 0x9c02,
  notAllowed: 0x9c03,
  unsupported: 0x9c05,
  unauthorized: 0x9c06,
  objectNotFound: 0x9c07,
  objectExists: 0x9c08,
  blocked: 0x9c0c,
  invalidParameter: 0x9c0f,
  incorrectP1: 0x9c10,
  incorrectP2: 0x9c11,
  sequenceEnd: 0x9c12,
  directionUnsupported: 0x9c13,
  directionInvalid: 0x9c14,
  locationInvalid: 0x9c16,
  keyTypeUnsupported: 0x9c17,
  keyTypeInvalid: 0x9c18,
  chunkSize: 0x9c19,
  keySize: 0x9c1a,
  modeUnsupported: 0x9c1b,
  modeInvalid: 0x9c1c,
  outputTooSmall: 0x9c1d,
  inconsistentPairing: 0x9c1e,
  badWrappedKey: 0x9c20,
  wrongKeyAlgorithm: 0x9c21,
  badWrappedPrivateKey: 0x9c22,
  badDer: 0x9cd0,
} as const;

export function refuse(statusWord: number): never {
  throw new StatusError(statusWord);
}

/** Refuses unless the condition holds. */
export function insist(condition: boolean, statusWord: number): asserts condition {
  if (!condition) refuse(statusWord);
}

export const noData = new Uint8Array(0);

/**
 * Takes a command APDU apart: case 1, 2, 3, or 4 with or without Le.
 * @throws StatusError 6700 for fewer than 4 bytes, a wrong Lc, and extended lengths, which this card does not know.
 */
export function parseCommand(apdu: Uint8Array): CardCommand {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, p3 = 0] = apdu;
  insist(apdu.length >= 4, status.wrongLength);
  if (apdu.length <= 5) return { cla, ins, p1, p2, p3, data: noData };
  const end = 5 + p3;
  insist(p3 > 0 && (apdu.length === end || apdu.length === end + 1), status.wrongLength);
  return { cla, ins, p1, p2, p3, data: apdu.slice(5, end) };
}

/** A byte of the command's data as Java Card's APDU buffer gives it: 0 beyond the end. */
export function byteAt(data: Uint8Array, offset: number): number {
  return data[offset] ?? 0;
}

export function u16At(data: Uint8Array, offset: number): number {
  return byteAt(data, offset) * 0x100 + byteAt(data, offset + 1);
}

export function u32At(data: Uint8Array, offset: number): number {
  return u16At(data, offset) * 0x10000 + u16At(data, offset + 2);
}
