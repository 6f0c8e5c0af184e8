import type { CertificateInfo } from '../card/certificate.js';
import { endingFirst, validityOf } from '../card/validity.js';
import type { Token } from './token.js';

/** Of an enrolled card whose certificates end soon or have ended: the first to end. */
export function endingOf(
  token: Token,
): { readonly certificate: CertificateInfo; readonly ended: boolean } | undefined {
  if (token.summary?.status !== 'ENROLLED' || token.unfinished) return undefined;
  const now = new Date();
  const certificate = endingFirst(token.contents?.certificates ?? [], now);
  if (certificate === undefined) return undefined;
  return { certificate, ended: validityOf(certificate, now).state === 'ended' };
}
