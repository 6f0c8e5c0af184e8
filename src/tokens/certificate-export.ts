import type { CertificateInfo } from '../card/certificate.js';

export type CertificateFormat = 'pem' | 'der';

/** The bytes of a file that holds the certificate: its DER, or RFC 7468's text. */
export function encodeCertificate({ der, pem }: CertificateInfo, format: CertificateFormat): Uint8Array {
  return format === 'der' ? der : new TextEncoder().encode(pem);
}

/** A name for such a file, made of the certificate's nickname. */
export function certificateFileName({ label }: CertificateInfo, format: CertificateFormat): string {
  const name = label
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|-+$/g, '')
    .slice(0, 60);
  return `${name || 'certificate'}.${format === 'der' ? 'cer' : 'pem'}`;
}
