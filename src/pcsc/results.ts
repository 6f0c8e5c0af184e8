import type { FailureCode } from '../base/failure.js';
import { Failure } from '../base/failure.js';

/** A result as the shim passes it on: PC/SC's code, or one of the shim's own (`ESC_E_…`). */
export interface Result {
  /** 0 is success. */
  readonly code: number;
  /** Such as SCARD_W_REMOVED_CARD. */
  readonly name: string;
}

/**
 * Every result but success, with what it means here. Codes and names: pcsclite.h of pcsc-lite, which follows
 * Microsoft's winerror.h, and the shim's PROTOCOL.md.
 */
export const results: readonly (readonly [code: number, name: string, failure: FailureCode])[] = [
  [0x80100001, 'SCARD_F_INTERNAL_ERROR', 'pcsc-error'],
  [0x80100002, 'SCARD_E_CANCELLED', 'pcsc-error'],
  [0x80100003, 'SCARD_E_INVALID_HANDLE', 'pcsc-error'],
  [0x80100004, 'SCARD_E_INVALID_PARAMETER', 'pcsc-error'],
  [0x80100005, 'SCARD_E_INVALID_TARGET', 'pcsc-error'],
  [0x80100006, 'SCARD_E_NO_MEMORY', 'pcsc-error'],
  [0x80100007, 'SCARD_F_WAITED_TOO_LONG', 'card-silent'],
  [0x80100008, 'SCARD_E_INSUFFICIENT_BUFFER', 'pcsc-error'],
  [0x80100009, 'SCARD_E_UNKNOWN_READER', 'reader-lost'],
  [0x8010000a, 'SCARD_E_TIMEOUT', 'card-silent'],
  [0x8010000b, 'SCARD_E_SHARING_VIOLATION', 'card-busy'],
  [0x8010000c, 'SCARD_E_NO_SMARTCARD', 'card-removed'],
  [0x8010000d, 'SCARD_E_UNKNOWN_CARD', 'pcsc-error'],
  [0x8010000e, 'SCARD_E_CANT_DISPOSE', 'pcsc-error'],
  // The protocol was agreed on when the card was connected: it was reset, or powered down, since.
  [0x8010000f, 'SCARD_E_PROTO_MISMATCH', 'card-reset'],
  [0x80100010, 'SCARD_E_NOT_READY', 'card-mute'],
  [0x80100011, 'SCARD_E_INVALID_VALUE', 'pcsc-error'],
  [0x80100012, 'SCARD_E_SYSTEM_CANCELLED', 'pcsc-error'],
  [0x80100013, 'SCARD_F_COMM_ERROR', 'pcsc-error'],
  [0x80100014, 'SCARD_F_UNKNOWN_ERROR', 'pcsc-error'],
  [0x80100015, 'SCARD_E_INVALID_ATR', 'card-mute'],
  [0x80100016, 'SCARD_E_NOT_TRANSACTED', 'pcsc-error'],
  [0x80100017, 'SCARD_E_READER_UNAVAILABLE', 'reader-lost'],
  [0x80100018, 'SCARD_P_SHUTDOWN', 'pcscd-stopped'],
  [0x80100019, 'SCARD_E_PCI_TOO_SMALL', 'pcsc-error'],
  [0x8010001a, 'SCARD_E_READER_UNSUPPORTED', 'pcsc-error'],
  [0x8010001b, 'SCARD_E_DUPLICATE_READER', 'pcsc-error'],
  [0x8010001c, 'SCARD_E_CARD_UNSUPPORTED', 'card-mute'],
  [0x8010001d, 'SCARD_E_NO_SERVICE', 'pcscd-stopped'],
  [0x8010001e, 'SCARD_E_SERVICE_STOPPED', 'pcscd-stopped'],
  [0x8010001f, 'SCARD_E_UNEXPECTED', 'pcsc-error'],
  [0x80100020, 'SCARD_E_ICC_INSTALLATION', 'pcsc-error'],
  [0x80100021, 'SCARD_E_ICC_CREATEORDER', 'pcsc-error'],
  [0x80100022, 'SCARD_E_UNSUPPORTED_FEATURE', 'pcsc-error'],
  [0x80100023, 'SCARD_E_DIR_NOT_FOUND', 'pcsc-error'],
  [0x80100024, 'SCARD_E_FILE_NOT_FOUND', 'pcsc-error'],
  [0x80100025, 'SCARD_E_NO_DIR', 'pcsc-error'],
  [0x80100026, 'SCARD_E_NO_FILE', 'pcsc-error'],
  [0x80100027, 'SCARD_E_NO_ACCESS', 'card-refused'],
  [0x80100028, 'SCARD_E_WRITE_TOO_MANY', 'pcsc-error'],
  [0x80100029, 'SCARD_E_BAD_SEEK', 'pcsc-error'],
  [0x8010002a, 'SCARD_E_INVALID_CHV', 'card-refused'],
  [0x8010002b, 'SCARD_E_UNKNOWN_RES_MNG', 'pcsc-error'],
  [0x8010002c, 'SCARD_E_NO_SUCH_CERTIFICATE', 'pcsc-error'],
  [0x8010002d, 'SCARD_E_CERTIFICATE_UNAVAILABLE', 'pcsc-error'],
  [0x8010002e, 'SCARD_E_NO_READERS_AVAILABLE', 'reader-lost'],
  [0x8010002f, 'SCARD_E_COMM_DATA_LOST', 'pcsc-error'],
  [0x80100030, 'SCARD_E_NO_KEY_CONTAINER', 'pcsc-error'],
  [0x80100031, 'SCARD_E_SERVER_TOO_BUSY', 'pcsc-error'],
  [0x80100065, 'SCARD_W_UNSUPPORTED_CARD', 'card-mute'],
  [0x80100066, 'SCARD_W_UNRESPONSIVE_CARD', 'card-mute'],
  [0x80100067, 'SCARD_W_UNPOWERED_CARD', 'card-mute'],
  [0x80100068, 'SCARD_W_RESET_CARD', 'card-reset'],
  [0x80100069, 'SCARD_W_REMOVED_CARD', 'card-removed'],
  [0x8010006a, 'SCARD_W_SECURITY_VIOLATION', 'pcscd-refused'],
  [0x8010006b, 'SCARD_W_WRONG_CHV', 'card-refused'],
  [0x8010006c, 'SCARD_W_CHV_BLOCKED', 'card-refused'],
  [0x8010006d, 'SCARD_W_EOF', 'pcsc-error'],
  [0x8010006e, 'SCARD_W_CANCELLED_BY_USER', 'cancelled'],
  [0x8010006f, 'SCARD_W_CARD_NOT_AUTHENTICATED', 'card-refused'],
  [0xe5c00001, 'ESC_E_MALFORMED', 'internal'],
  [0xe5c00002, 'ESC_E_UNKNOWN_OPERATION', 'internal'],
  [0xe5c00003, 'ESC_E_TOO_LARGE', 'internal'],
  [0xe5c00004, 'ESC_E_UNKNOWN_CONNECTION', 'internal'],
  [0xe5c00005, 'ESC_E_CONNECTION_IN_USE', 'internal'],
  [0xe5c00006, 'ESC_E_TOO_MANY_CONNECTIONS', 'pcsc-error'],
  [0xe5c00007, 'ESC_E_TOO_MANY_REQUESTS', 'pcsc-error'],
  [0xe5c00008, 'ESC_E_NO_MEMORY', 'pcsc-error'],
];

const byCode = new Map(results.map(([code, , failure]) => [code, failure]));

/** What may mean that the card, the reader or pcscd was lost in the middle of a command. */
const vague: readonly FailureCode[] = [
  'pcsc-error',
  'pcscd-stopped',
  // SCARD_W_SECURITY_VIOLATION is what pcsc-lite says of any connection on which pcscd hangs up.
  'pcscd-refused',
];

/** Whether something else may lie behind it: pcsc-lite and drivers often say no more than that something went wrong. */
export function isVague(failure: Failure): boolean {
  return vague.includes(failure.code);
}

/** @param step what was asked for, such as `connect`. */
export function failureOf(result: Result, step: string, reader: string): Failure {
  const hex = result.code.toString(16).toUpperCase().padStart(8, '0');
  return new Failure(byCode.get(result.code) ?? 'pcsc-error', `${step}: ${result.name} (${hex})`, {
    result: result.name,
    reader,
    step,
  });
}
