import { concatBytes, u16 } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import type { CardChannel } from './channel.js';

/** The four header bytes of a command. */
export interface CommandHeader {
  readonly cla: number;
  readonly ins: number;
  readonly p1?: number;
  readonly p2?: number;
}

/**
 * A command APDU (ISO 7816-4 §5.1): short form, or extended where data exceeds 255 or `le` 256 bytes.
 * @param le bytes expected, 1 to 65,536; without it no Le field is written.
 * @throws Failure `malformed-data` when data or `le` cannot be expressed.
 */
export function buildCommand(
  header: CommandHeader,
  data: Uint8Array = new Uint8Array(),
  le?: number,
): Uint8Array {
  if (data.length > 0xffff || (le !== undefined && (le < 1 || le > 0x10000)))
    throw new Failure('malformed-data', `no APDU holds ${data.length} bytes and expects ${le ?? 0}`);
  const { cla, ins, p1 = 0, p2 = 0 } = header;
  const head = Uint8Array.of(cla, ins, p1, p2);
  const none = new Uint8Array();
  if (data.length <= 0xff && (le ?? 0) <= 0x100) {
    const body = data.length === 0 ? none : concatBytes(Uint8Array.of(data.length), data);
    return concatBytes(head, body, le === undefined ? none : Uint8Array.of(le & 0xff));
  }
  const body = data.length === 0 ? none : concatBytes(u16(data.length), data);
  return concatBytes(head, Uint8Array.of(0), body, le === undefined ? none : u16(le & 0xffff));
}

/** SELECT by name (ISO 7816-4 §11.2.2), first or only occurrence. */
export function selectCommand(aid: Uint8Array, le?: number): Uint8Array {
  return buildCommand({ cla: 0x00, ins: 0xa4, p1: 0x04 }, aid, le);
}

/** Status words that the program tells apart; every other is just "refused". */
export const statusWords = {
  success: 0x9000,
  wrongLength: 0x6700,
  fileNotFound: 0x6a82,
  referencedDataNotFound: 0x6a88,
  instructionNotSupported: 0x6d00,
  classNotSupported: 0x6e00,
  wrongPin: 0x9c02,
  unauthorized: 0x9c06,
  objectNotFound: 0x9c07,
  pinBlocked: 0x9c0c,
  invalidParameter: 0x9c0f,
  sequenceEnd: 0x9c12,
} as const;

/** SW1 SW2 of an answer as one number. @throws Failure `malformed-data` when it is shorter than 2 bytes. */
export function statusWord(answer: Uint8Array): number {
  const [sw1, sw2] = answer.subarray(-2);
  if (sw1 === undefined || sw2 === undefined)
    throw new Failure('malformed-data', `the card answered ${answer.length} bytes, not even a status word`);
  return sw1 * 256 + sw2;
}

/** What precedes the status word, as a view on the same memory. */
export function answerData(answer: Uint8Array): Uint8Array {
  return answer.subarray(0, Math.max(0, answer.length - 2));
}

export function isSuccess(answer: Uint8Array): boolean {
  return statusWord(answer) === statusWords.success;
}

/** Four upper-case hexadecimal digits. */
export function formatStatusWord(sw: number): string {
  return sw.toString(16).padStart(4, '0').toUpperCase();
}

/**
 * The data of an answer whose status word is 9000.
 * @param step what was being done, such as `GET STATUS`.
 * @throws Failure `card-refused` with the status word, or `malformed-data`.
 */
export function requireSuccess(answer: Uint8Array, step: string): Uint8Array {
  const sw = statusWord(answer);
  if (sw === statusWords.success) return answerData(answer);
  const result = formatStatusWord(sw);
  throw new Failure('card-refused', `${step}: the card answered ${result}`, { result, step });
}

/** More GET RESPONSE rounds than the longest answer (65,536 bytes by 256) needs mean a card that never ends. */
const maxRounds = 512;
const maxAnswerData = 0x10000;

/**
 * Sends a command and completes the answer: 61xx is fetched with GET RESPONSE until it ends,
 * 6Cxx sends the command again, once, with the length that the card names (ISO 7816-4 §5.3.4 and 11.7.1,
 * ISO 7816-3 §10.3 for T=0). The first command goes out byte for byte as it is.
 * @returns all data, then the last SW1 SW2: at least 2 bytes.
 * @throws Failure `malformed-data` for an answer without a status word, `protocol-violation` for one that does not end;
 *   those of the channel pass through.
 */
export async function exchange(channel: CardChannel, command: Uint8Array): Promise<Uint8Array> {
  const answer = await channel.transmit(command);
  const sw1 = statusWord(answer) >>> 8;
  return sw1 === 0x61 || sw1 === 0x6c ? complete(channel, command, answer) : answer;
}

async function complete(channel: CardChannel, command: Uint8Array, first: Uint8Array): Promise<Uint8Array> {
  let answer = await withRightLe(channel, command, first);
  const parts = [answerData(answer)];
  let length = answer.length - 2;
  for (let round = 0; statusWord(answer) >>> 8 === 0x61; round += 1) {
    if (round === maxRounds)
      throw new Failure('protocol-violation', 'the card announces more data without end');
    const le = statusWord(answer) & 0xff || 0x100;
    const next = getResponse(command[0] ?? 0, le);
    answer = await withRightLe(channel, next, await channel.transmit(next));
    length += answer.length - 2;
    if (length > maxAnswerData)
      throw new Failure('protocol-violation', `the card's answer is longer than ${maxAnswerData} bytes`);
    parts.push(answerData(answer));
  }
  return concatBytes(...parts, answer.subarray(-2));
}

async function withRightLe(
  channel: CardChannel,
  command: Uint8Array,
  answer: Uint8Array,
): Promise<Uint8Array> {
  const sw = statusWord(answer);
  return sw >>> 8 === 0x6c ? channel.transmit(withLe(command, sw & 0xff)) : answer;
}

/**
 * GET RESPONSE on the logical channel of the command, without its secure messaging and chaining
 * (ISO 7816-4 §5.4.1, GlobalPlatform Card Specification §11.1.4). Classes of applets, such as CoolKey's B0,
 * name no channel: the basic one serves them.
 */
function getResponse(cla: number, le: number): Uint8Array {
  let responseClass = 0x00;
  if (cla <= 0x1f || (cla >= 0x80 && cla <= 0x9f)) responseClass = cla & 0x03;
  else if ((cla & 0xc0) === 0x40 || (cla >= 0xc0 && cla !== 0xff)) responseClass = 0x40 | (cla & 0x0f);
  return buildCommand({ cla: responseClass, ins: 0xc0 }, undefined, le);
}

/** The command with its Le field set or added. */
function withLe(command: Uint8Array, le: number): Uint8Array {
  const lc = command[4];
  if (lc === undefined || command.length === 5) return concatBytes(command.subarray(0, 4), Uint8Array.of(le));
  const extended = lc === 0 && command.length >= 7;
  if (!extended) return concatBytes(command.subarray(0, 5 + lc), Uint8Array.of(le));
  if (command.length === 7) return concatBytes(command.subarray(0, 5), u16(le || 0x100));
  const length = (command[5] ?? 0) * 256 + (command[6] ?? 0);
  return concatBytes(command.subarray(0, 7 + length), u16(le || 0x100));
}

/**
 * Sends one of our own commands with data and an answer (case 4): under T=0 the Le field has no place,
 * the card announces its answer by 61xx instead (ISO 7816-3 §10.3.5).
 * @throws as exchange
 */
export function ask(
  channel: CardChannel,
  header: CommandHeader,
  data: Uint8Array,
  le = 0x100,
): Promise<Uint8Array> {
  return exchange(channel, buildCommand(header, data, channel.protocol === 'T=0' ? undefined : le));
}
