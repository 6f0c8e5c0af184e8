import { toHex } from '../base/bytes.js';
import { children, fromBinary, isContext, oid, primitive } from './der.js';
import type { Asn1 } from './der.js';
import { readName, readText } from './distinguished-name.js';
import { showable } from './text.js';

/** The Microsoft logon name, the one other name that people know by sight. */
const userPrincipalName = '1.3.6.1.4.1.311.20.2.3';

/** GeneralName (RFC 5280 §4.2.1.6) as one line: its kind by the standard's word, then the name. */
export function readGeneralName(node: Asn1): string {
  switch (node.type) {
    case 0:
      return readOtherName(node);
    case 1:
      return `rfc822Name: ${text(node)}`;
    case 2:
      return `dNSName: ${text(node)}`;
    case 4:
      return `directoryName: ${readName(children(node)[0]).text}`;
    case 6:
      return `uniformResourceIdentifier: ${text(node)}`;
    case 7:
      return `iPAddress: ${readAddress(fromBinary(primitive(node)))}`;
    case 8:
      return `registeredID: ${oid(node)}`;
    default:
      return `[${node.type}]: ${contentHex(node)}`;
  }
}

export function readGeneralNames(node: Asn1 | undefined): string[] {
  return children(node).map(readGeneralName);
}

function readOtherName(node: Asn1): string {
  const [type, value] = children(node);
  const number = oid(type);
  const inner = isContext(value, 0) ? children(value)[0] : undefined;
  if (number === userPrincipalName) return `userPrincipalName: ${readText(inner)}`;
  return `otherName ${number}: ${inner === undefined ? '' : contentHex(inner)}`;
}

function text(node: Asn1): string {
  return showable(new TextDecoder().decode(fromBinary(primitive(node))));
}

/** Of all primitive elements within, without their tags and lengths. */
export function contentHex(node: Asn1): string {
  return typeof node.value === 'string' ? toHex(fromBinary(node.value)) : node.value.map(contentHex).join('');
}

/** 4 or 16 bytes, twice as many with a mask (RFC 5280 §4.2.1.10). */
function readAddress(bytes: Uint8Array): string {
  switch (bytes.length) {
    case 4:
      return bytes.join('.');
    case 16:
      return toHex(bytes).toLowerCase().match(/.{4}/g)?.join(':') ?? '';
    case 8:
    case 32: {
      const half = bytes.length / 2;
      return `${readAddress(bytes.subarray(0, half))}/${readAddress(bytes.subarray(half))}`;
    }
    default:
      return toHex(bytes);
  }
}
