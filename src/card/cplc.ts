import { concatBytes } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import {
  answerData,
  buildCommand,
  exchange,
  isSuccess,
  selectCommand,
  statusWord,
  statusWords,
} from './apdu.js';
import type { CardChannel } from './channel.js';

/** Card production life cycle data (GlobalPlatform tag 9F7F), as far as it tells one card from another. */
export interface Cplc {
  /** 2 bytes, such as 4090 for Axalto. */
  readonly fabricator: Uint8Array;
  /** 2 bytes. */
  readonly chipType: Uint8Array;
  /** 4 bytes. */
  readonly serialNumber: Uint8Array;
  /** 2 bytes. */
  readonly batch: Uint8Array;
  /** 10 bytes: fabricator, chip type, batch, serial number. What TPS knows the card by. */
  readonly cuid: Uint8Array;
}

const fieldsLength = 42;
const tagLength = 3;

/**
 * Reads CPLC data. The 42 bytes of fields come after the tag and length 9F7F2A; some cards put other bytes
 * there, and some leave the three out.
 * @throws Failure `malformed-data` when it is shorter than 42 bytes.
 */
export function parseCplc(data: Uint8Array): Cplc {
  const start = data.length >= tagLength + fieldsLength ? tagLength : 0;
  const fields = data.subarray(start, start + fieldsLength);
  if (fields.length < fieldsLength)
    throw new Failure('malformed-data', `CPLC data of ${data.length} bytes, ${fieldsLength} wanted`);
  const fabricator = fields.slice(0, 2);
  const chipType = fields.slice(2, 4);
  const serialNumber = fields.slice(12, 16);
  const batch = fields.slice(16, 18);
  return {
    fabricator,
    chipType,
    serialNumber,
    batch,
    cuid: concatBytes(fabricator, chipType, batch, serialNumber),
  };
}

/** GlobalPlatform's card manager, older cards first (most CoolKey cards), then the issuer security domain of newer ones. */
const cardManagers = [
  Uint8Array.of(0xa0, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00),
  Uint8Array.of(0xa0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00),
];

/**
 * Selects the card manager and asks for the CPLC data.
 * @returns undefined when the card has none: it is not a GlobalPlatform card, or hides it.
 * @throws Failure of the channel
 */
export async function readCplc(channel: CardChannel): Promise<Cplc | undefined> {
  for (const aid of cardManagers) {
    const selected = await exchange(channel, selectCommand(aid));
    if (statusWord(selected) !== statusWords.fileNotFound) break;
  }
  // Whether a SELECT was answered well decides nothing: after a reset the card manager is selected anyway.
  for (const le of [tagLength + fieldsLength, 0x100]) {
    const answer = await exchange(
      channel,
      buildCommand({ cla: 0x80, ins: 0xca, p1: 0x9f, p2: 0x7f }, undefined, le),
    );
    if (isSuccess(answer))
      return answer.length - 2 < fieldsLength ? undefined : parseCplc(answerData(answer));
    if (statusWord(answer) !== statusWords.wrongLength) return undefined;
  }
  return undefined;
}
