import { concatBytes, equalBytes, fromHex } from '../../src/base/bytes.js';
import { keyCheckValue, type CardKeys } from '../scp01.js';
import { insist, status } from './apdu.js';
import { aesKeyCheckValue, scp03Option } from './scp03.js';
import type { ChannelProtocol } from './session.js';

const keyLength = 16;
const checkLength = 3;
const numbers = [1, 2, 3];

/** Before each encrypted key of PUT KEY: its type and length, and for AES that of the key in the clear too. */
const keyHeader: Readonly<Record<ChannelProtocol, Uint8Array>> = {
  SCP01: Uint8Array.of(0x81, keyLength),
  SCP02: Uint8Array.of(0x80, keyLength),
  SCP03: Uint8Array.of(0x88, keyLength + 1, keyLength),
};

/** What a card of GlobalPlatform 2.1.1 tells; those of 2.0.1 speak SCP01 and know nothing of it. */
const newer: Readonly<
  Partial<
    Record<ChannelProtocol, { readonly number: number; readonly option: number; readonly keyType: number }>
  >
> = {
  SCP02: { number: 2, option: 0x15, keyType: 0x80 },
  SCP03: { number: 3, option: scp03Option, keyType: 0x88 },
};

/** Card recognition data: GlobalPlatform 2.1.1, identified by it, and the protocol of the secure channel. */
export function cardData(protocol: ChannelProtocol): Uint8Array | undefined {
  const spoken = newer[protocol];
  if (spoken === undefined) return undefined;
  const names =
    '06072A864886FC6B01 600C060A2A864886FC6B02020101 630906072A864886FC6B03 640B06092A864886FC6B04';
  const value = concatBytes(fromHex(names), Uint8Array.of(spoken.number, spoken.option));
  return concatBytes(Uint8Array.of(0x66, value.length + 2, 0x73, value.length), value);
}

/** The key information template: of each key its number, version, type and length. */
export function keyInformation(protocol: ChannelProtocol, version: number): Uint8Array | undefined {
  const spoken = newer[protocol];
  if (spoken === undefined) return undefined;
  const keys = numbers.map(number => Uint8Array.of(0xc0, 4, number, version, spoken.keyType, keyLength));
  return concatBytes(Uint8Array.of(0xe0, 18), ...keys);
}

export function checkValueOf(protocol: ChannelProtocol): (key: Uint8Array) => Uint8Array {
  return protocol === 'SCP03' ? aesKeyCheckValue : keyCheckValue;
}

/**
 * The keys in the data of PUT KEY: `version1`, then for ENC, MAC and KEK header, encrypted key, `03 check3`.
 * @throws StatusError 6700, 6A80 where a key is of another kind or does not fit its check value.
 */
export function readPutKey(
  protocol: ChannelProtocol,
  data: Uint8Array,
  decrypt: (wrapped: Uint8Array) => Uint8Array,
): CardKeys {
  const header = keyHeader[protocol];
  const checkOf = checkValueOf(protocol);
  const keyEnd = header.length + keyLength;
  const fieldLength = keyEnd + 1 + checkLength;
  insist(data.length === 1 + numbers.length * fieldLength, status.wrongLength);
  const keyAt = (i: number): Uint8Array => {
    const field = data.subarray(1 + i * fieldLength, 1 + (i + 1) * fieldLength);
    const key = decrypt(field.subarray(header.length, keyEnd));
    const expected = concatBytes(Uint8Array.of(checkLength), checkOf(key));
    insist(equalBytes(field.subarray(0, header.length), header), status.wrongData);
    insist(equalBytes(field.subarray(keyEnd), expected), status.wrongData);
    return key;
  };
  return { enc: keyAt(0), mac: keyAt(1), kek: keyAt(2) };
}
