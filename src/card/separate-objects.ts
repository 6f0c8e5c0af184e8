import { ByteReader, toHex } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { objectName } from './combined-object.js';
import { attributeTypes, keyTypes, objectClasses } from './stored-object.js';
import type { KeyUse, StoredObject } from './stored-object.js';
import { showableUtf8 } from './text.js';

/**
 * The old form of storage: an object for the attributes of each certificate (c0) and key (k0), and one (C0)
 * for each certificate's DER. Attribute objects, big-endian: u8 0, id of 4 bytes, u16 length,
 * then u32 type, u16 length and value of each attribute; numbers within values are little-endian.
 * @param bytes the attribute object
 * @throws Failure `malformed-data`
 */
export function decodeSeparateObject(bytes: Uint8Array): StoredObject {
  const header = new ByteReader(bytes);
  const type = header.u8();
  if (type !== 0) throw new Failure('malformed-data', `an attribute object of type ${type}`);
  const name = objectName(header.take(4));
  const reader = new ByteReader(header.take(header.u16()));
  const attributes = new Map<number, Uint8Array>();
  while (reader.remaining > 0) attributes.set(reader.u32(), reader.take(reader.u16()));

  const classNumber = littleEndian(attributes.get(attributeTypes.class)) ?? -1;
  const objectClass = objectClasses.get(classNumber);
  if (objectClass === undefined) throw new Failure('malformed-data', `${name} has the class ${classNumber}`);
  const keyType = keyTypes.get(littleEndian(attributes.get(attributeTypes.keyType)) ?? -1);
  const value = attributes.get(attributeTypes.value);
  const modulus = attributes.get(attributeTypes.modulus);
  return {
    name,
    objectClass,
    id: toHex(attributes.get(attributeTypes.id) ?? new Uint8Array()),
    uses: useAttributes.filter(([use]) => attributes.get(use)?.[0] === 1).map(([, use]) => use),
    label: showableUtf8(attributes.get(attributeTypes.label) ?? new Uint8Array()),
    ...(keyType === undefined ? {} : { keyType }),
    ...(value === undefined ? {} : { value }),
    ...(modulus === undefined ? {} : { modulus }),
  };
}

/**
 * The DER within a certificate object (C0): some writers put its length, u16, in front.
 * @throws Failure `malformed-data`
 */
export function decodeSeparateCertificate(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x30) return bytes;
  const reader = new ByteReader(bytes);
  return reader.take(reader.u16());
}

const useAttributes: readonly (readonly [number, KeyUse])[] = [
  [attributeTypes.derive, 'derive'],
  [attributeTypes.encrypt, 'encrypt'],
  [attributeTypes.decrypt, 'decrypt'],
  [attributeTypes.wrap, 'wrap'],
  [attributeTypes.unwrap, 'unwrap'],
  [attributeTypes.sign, 'sign'],
  [attributeTypes.signRecover, 'sign-recover'],
  [attributeTypes.verify, 'verify'],
  [attributeTypes.verifyRecover, 'verify-recover'],
];

function littleEndian(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined || bytes.length === 0 || bytes.length > 4) return undefined;
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
