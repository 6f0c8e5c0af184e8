import type { CertificateInfo } from './certificate.js';

export interface CertificateChain {
  /** From the certificate itself up: each one's issuer follows it. */
  readonly certificates: readonly CertificateInfo[];
  /** The last one names itself as its issuer; else the next one is not among those at hand. */
  readonly complete: boolean;
}

/** The chain as far as the certificates at hand give it, by names and key identifiers: no signature is checked. */
export function chainOf(certificate: CertificateInfo, atHand: readonly CertificateInfo[]): CertificateChain {
  const certificates = [certificate];
  let last = certificate;
  while (!issued(last, last)) {
    const from = last;
    const issuer = atHand.find(other => other.isCa && issued(other, from) && !certificates.includes(other));
    if (issuer === undefined) return { certificates, complete: false };
    certificates.push(issuer);
    last = issuer;
  }
  return { certificates, complete: true };
}

function issued(issuer: CertificateInfo, subject: CertificateInfo): boolean {
  if (issuer.subject.text !== subject.issuer.text) return false;
  const { subjectKeyId } = issuer;
  const { authorityKeyId } = subject;
  return subjectKeyId === undefined || authorityKeyId === undefined || subjectKeyId === authorityKeyId;
}
