import { toHex } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';

/** The numbers of END_OP that the demo uses, by what Dogtag calls them. */
export const endOpCode = {
  unspecified: 1,
  lifecycle: 6,
  enrollment: 7,
  cannotPerform: 8,
  pinReset: 12,
  login: 14,
  secureChannel: 17,
  upgradeApplet: 19,
  disabledToken: 26,
  notPinResetable: 27,
  hasActiveToken: 34,
  recovery: 37,
  cannotCommunicate: 45,
} as const;

/** The server does not want to: a rule of its own, not the card. */
export function serverRefusal(serverCode: number, detail: string): Failure {
  return new Failure('server-refused', detail, { serverCode });
}

/** The card did not do what it was told. */
export function cardRefusal(serverCode: number, step: string, detail: string): Failure {
  return new Failure('card-refused', detail, { serverCode, step });
}

/** A card's answer, taken apart. */
export interface CardAnswer {
  readonly data: Uint8Array;
  /** SW1 SW2. */
  readonly status: number;
  readonly ok: boolean;
}

export function parseAnswer(pdu: Uint8Array): CardAnswer {
  const [sw1 = 0, sw2 = 0] = pdu.subarray(-2);
  const status = (sw1 << 8) | sw2;
  return { data: pdu.subarray(0, -2), status, ok: status === 0x9000 };
}

/** @throws Failure `card-refused` with the code for the client unless the card answered 9000. */
export function insistOnSuccess(answer: CardAnswer, serverCode: number, step: string): CardAnswer {
  if (answer.ok) return answer;
  const status = toHex(Uint8Array.of(answer.status >> 8, answer.status & 0xff));
  throw new Failure('card-refused', `the card answered ${status} to ${step}`, {
    serverCode,
    step,
    result: status,
  });
}
