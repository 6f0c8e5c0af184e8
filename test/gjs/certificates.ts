import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

/** A certificate and its private key, PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** Absent for one that signs itself. */
  readonly issuer?: Credentials;
  readonly isCa?: boolean;
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
}

let serial = 0;

export function makeCertificate(options: CertificateOptions): Credentials {
  const { commonName, issuer, isCa = false, names = [], addresses = [], from = -1, until = 30 } = options;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  serial += 1;
  certificate.serialNumber = serial.toString(16).padStart(4, '0');
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.validity.notBefore = new Date(Date.now() + from * 86_400_000);
  certificate.validity.notAfter = new Date(Date.now() + until * 86_400_000);
  const subject = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(subject);
  certificate.setIssuer(
    issuer === undefined ? subject : forge.pki.certificateFromPem(issuer.cert).subject.attributes,
  );
  certificate.setExtensions([
    { name: 'basicConstraints', cA: isCa, critical: true },
    {
      name: 'subjectAltName',
      altNames: [
        ...names.map(value => ({ type: 2, value })),
        ...addresses.map(ip => ({ type: 7, ip })),
        ...(names.length + addresses.length === 0 ? [{ type: 2, value: 'nobody.invalid' }] : []),
      ],
    },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer?.key ?? pair.privateKey), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}
