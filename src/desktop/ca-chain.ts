import asn1 from 'node-forge/lib/asn1.js';
import util from 'node-forge/lib/util.js';
import { bytesToText } from '../base/bytes.js';
import { Failure, type FailureReason } from '../base/failure.js';
import { parseCertificate, type CertificateInfo } from '../card/certificate.js';
import { fromBinary, isContext, isUniversal, oid, parseDer, tags, type Asn1 } from '../card/der.js';

/** Certificates; real chains have up to four. */
const longestChain = 20;
const signedData = '1.2.840.113549.1.7.2';

/** Why a certificate should not be trusted as it stands. */
export type ChainFault = 'not-a-ca' | 'expired' | 'not-yet-valid' | 'issuer-missing';

/** One certificate of a chain. */
export interface ChainLink {
  readonly certificate: CertificateInfo;
  /** No other certificate of the chain issued it: it is what has to be trusted. */
  readonly isTop: boolean;
  readonly faults: readonly ChainFault[];
}

/**
 * Reads the chain of a certification authority in any form that a CA of Dogtag hands out: a PKCS #7 message
 * without signers (RFC 2315 §9.1) or certificates one after another, in DER, in PEM, or in base64 within a page
 * of HTML or XML. EC keys as well as RSA ones.
 * @returns the top first, each certificate before those that it issued
 * @throws Failure `no-ca-chain`
 */
export function readChain(bytes: Uint8Array, now: Date): ChainLink[] {
  const found = bytes[0] === 0x30 ? inBinary(bytesToText(bytes)) : inText(new TextDecoder().decode(bytes));
  const certificates = [...new Map(found.map(certificate => [certificate.sha256, certificate])).values()];
  if (certificates.length === 0) throw none('chain-empty', 'there is no certificate in it');
  if (certificates.length > longestChain)
    throw none('chain-too-long', `it has ${certificates.length} certificates`);
  return inOrder(certificates).map(certificate => {
    const isTop = issuersOf(certificate, certificates).length === 0;
    return { certificate, isTop, faults: faultsOf(certificate, isTop, now) };
  });
}

function faultsOf(certificate: CertificateInfo, isTop: boolean, now: Date): ChainFault[] {
  const { isCa, notBefore, notAfter } = certificate;
  const faults: (readonly [ChainFault, boolean])[] = [
    ['not-a-ca', !isCa],
    ['expired', notAfter < now],
    ['not-yet-valid', notBefore > now],
    ['issuer-missing', isTop && !hasIssued(certificate, certificate)],
  ];
  return faults.filter(([, applies]) => applies).map(([fault]) => fault);
}

function hasIssued(issuer: CertificateInfo, certificate: CertificateInfo): boolean {
  return issuer.subject.text === certificate.issuer.text;
}

/** None for one that issued itself, though a renewed one may have the same name. */
function issuersOf(certificate: CertificateInfo, all: readonly CertificateInfo[]): CertificateInfo[] {
  return hasIssued(certificate, certificate) ? [] : all.filter(other => hasIssued(other, certificate));
}

/** By the number of certificates above each. */
function inOrder(certificates: readonly CertificateInfo[]): CertificateInfo[] {
  const depth = (certificate: CertificateInfo, seen: readonly CertificateInfo[]): number => {
    const issuer = issuersOf(certificate, certificates).find(other => !seen.includes(other));
    return issuer === undefined ? 0 : 1 + depth(issuer, [...seen, issuer]);
  };
  return [...certificates].sort((a, b) => depth(a, [a]) - depth(b, [b]));
}

/** A certificate or a PKCS #7 message, or several of them one after another. */
function inBinary(binary: string): CertificateInfo[] {
  const certificates: CertificateInfo[] = [];
  for (let rest = binary; rest !== '' && certificates.length <= longestChain;) {
    const node = parse(rest);
    const whole = encode(node, rest);
    certificates.push(...(isSignedData(node) ? inSignedData(node, rest) : [certificateOf(whole)]));
    rest = rest.slice(whole.length);
    // An answer may end in a line break.
    if (/^\s*$/.test(rest)) break;
  }
  return certificates;
}

/** Armour or none, every run of base64 that is long enough to be one is tried; what is something else is passed over. */
function inText(text: string): CertificateInfo[] {
  const plain = text.replace(/\\[rn]/g, '\n').replaceAll('\\/', '/');
  const runs = plain.match(/MI[A-Za-z0-9+/]{2}(?:\s*[A-Za-z0-9+/]){96,}\s*={0,2}/g) ?? [];
  const certificates: CertificateInfo[] = [];
  for (const run of runs.slice(0, longestChain + 1)) {
    try {
      certificates.push(...inBinary(util.decode64(run.replace(/\s+/g, ''))));
    } catch {
      continue;
    }
  }
  return certificates;
}

function isSignedData(node: Asn1): boolean {
  const [type] = parts(node);
  return isUniversal(type, tags.oid) && oid(type) === signedData;
}

/** The certificates within SignedData: the element with the tag [0], implicit. */
function inSignedData(message: Asn1, source: string): CertificateInfo[] {
  const [data] = parts(parts(message)[1]);
  const set = parts(data).find(node => isContext(node, 0));
  return parts(set)
    .slice(0, longestChain + 1)
    .map(node => certificateOf(encode(node, source)));
}

function certificateOf(binary: string): CertificateInfo {
  try {
    return parseCertificate(fromBinary(binary));
  } catch (error) {
    throw none('chain-unreadable', error instanceof Failure ? error.detail : 'not a certificate');
  }
}

function parse(binary: string): Asn1 {
  try {
    return parseDer(binary);
  } catch {
    throw none('chain-unreadable', 'it is neither a certificate nor a PKCS #7 message');
  }
}

/** The element as it stands in the source: a certificate that is encoded anew in another way is another one. */
function encode(node: Asn1, source: string): string {
  const binary = asn1.toDer(node).getBytes();
  if (!source.includes(binary)) throw none('chain-unreadable', 'it is not encoded by the rules of DER');
  return binary;
}

function parts(node: Asn1 | undefined): readonly Asn1[] {
  return node === undefined || typeof node.value === 'string' ? [] : node.value;
}

function none(reason: FailureReason, detail: string): Failure {
  return new Failure('no-ca-chain', detail, { reason });
}
