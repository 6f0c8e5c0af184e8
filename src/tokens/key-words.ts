import type { KeyInfo } from '../card/card-report.js';
import type { CertificateInfo } from '../card/certificate.js';
import { _, fill } from '../io/text.js';

/** The words that window and command line share for keys. */

/** What the key of a certificate is for, in a word or two; by the key itself, else by the certificate. */
export function useText(certificate: CertificateInfo, keys: readonly KeyInfo[]): string {
  if (certificate.isCa) return _('Certification authority');
  const key = keyOf(certificate, keys);
  const uses: readonly string[] =
    key === undefined || key.uses.length === 0 ? certificate.keyUsage : key.uses;
  return keyUseText(uses);
}

/** @param uses names of PKCS#11, or of RFC 5280 */
export function keyUseText(uses: readonly string[]): string {
  const has = (...names: readonly string[]): boolean => names.some(name => uses.includes(name));
  const signs = has('sign', 'sign-recover', 'digitalSignature', 'nonRepudiation');
  const decrypts = has('decrypt', 'unwrap', 'keyEncipherment', 'dataEncipherment');
  if (signs && decrypts) return _('Signing and encryption');
  if (signs) return _('Signing');
  if (decrypts) return _('Encryption');
  return has('derive', 'keyAgreement') ? _('Key agreement') : _('Use not stated');
}

export function keyTypeText({ kind, bits, curve }: CertificateInfo['key']): string {
  if (kind === 'rsa') return fill(_('RSA, {bits} bits'), { bits });
  if (kind === 'other') return _('Another kind');
  return curve === undefined ? _('Elliptic curve') : fill(_('Elliptic curve {curve}'), { curve });
}

export function keyOf(certificate: CertificateInfo, keys: readonly KeyInfo[]): KeyInfo | undefined {
  return keys.find(key => key.certificate === certificate);
}

/** A key that no certificate on the card is for. */
export function keyAloneText({ number }: KeyInfo): string {
  return fill(_('Key {number} Without a Certificate'), { number });
}
