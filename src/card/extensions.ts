import { toHex } from '../base/bytes.js';
import { children, fromBinary, isUniversal, oid, parseDer, primitive, tags } from './der.js';
import type { Asn1 } from './der.js';
import { describeExtension, extensionNames } from './extension-values.js';

/** An extension of a certificate (RFC 5280 §4.2), fit to be shown. */
export interface CertificateExtension {
  readonly oid: string;
  /** As the standard that defines it calls it; empty where the OID is not known here. */
  readonly name: string;
  readonly critical: boolean;
  /** One line or more in the words of the standards; upper-case hexadecimal where it cannot be read. */
  readonly value: string;
}

/** The extensions of a certificate as they stand in it. */
export class Extensions {
  private readonly raw: readonly { oid: string; critical: boolean; bytes: string }[];

  /** @param node what is in the tag [3] of the certificate; an extension that has no form is left out. */
  public constructor(node: Asn1 | undefined) {
    this.raw = node === undefined ? [] : children(children(node)[0]).flatMap(readExtension);
  }

  /** The element within the extension. One that is broken is as good as absent. */
  public find(wanted: string): Asn1 | undefined {
    const found = this.raw.find(extension => extension.oid === wanted);
    if (found === undefined) return undefined;
    try {
      return parseDer(found.bytes);
    } catch {
      return undefined;
    }
  }

  /** All of them, in their order. */
  public list(): CertificateExtension[] {
    return this.raw.map(({ oid: number, critical, bytes }) => ({
      oid: number,
      name: extensionNames[number] ?? '',
      critical,
      value: this.describe(number) ?? toHex(fromBinary(bytes)),
    }));
  }

  private describe(number: string): string | undefined {
    const node = this.find(number);
    try {
      return node === undefined ? undefined : describeExtension(number, node);
    } catch {
      return undefined;
    }
  }
}

/** `extnID, critical DEFAULT FALSE, extnValue OCTET STRING` */
function readExtension(node: Asn1): { oid: string; critical: boolean; bytes: string }[] {
  try {
    const [id, flag, ...rest] = children(node);
    const value = rest[0] ?? flag;
    const critical = isUniversal(flag, tags.boolean) && primitive(flag) !== '\0';
    return [{ oid: oid(id), critical, bytes: primitive(value) }];
  } catch {
    return [];
  }
}
