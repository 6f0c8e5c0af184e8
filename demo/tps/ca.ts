/** The certificate authority of the demo: one self-signed RSA-2048 certificate, no revocation lists. */
import { createPrivateKey, generateKeyPair, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

const { asn1, pki } = forge;

export interface CertificateRequest {
  /** In the order of the DER: the country or organization first, the common name last. */
  readonly subject: readonly forge.pki.CertificateField[];
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly object[];
  readonly validDays: number;
}

export interface IssuedCertificate {
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly der: Uint8Array;
}

/** What a CA needs to go on after a restart. */
export interface SavedAuthority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface ServerIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const millisecondsPerDay = 24 * 60 * 60 * 1000;
/** Certificates are valid from a little before now, for clocks that go behind. */
const backdating = 10 * 60 * 1000;

// The declarations of node-forge leave this one out.
const structure = pki as typeof pki & {
  getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1;
};

function binaryString(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function derOf(object: forge.asn1.Asn1): Uint8Array {
  return Uint8Array.from(Buffer.from(asn1.toDer(object).getBytes(), 'latin1'));
}

function pemOf(label: string, der: Uint8Array): string {
  return forge.pem.encode({ type: label, body: binaryString(der) });
}

/** One field of a name in UTF-8. */
export function nameField(type: string, value: string): forge.pki.CertificateField {
  return { type, value, valueTagClass: asn1.Type.UTF8 } as unknown as forge.pki.CertificateField;
}

export function emailField(value: string): forge.pki.CertificateField {
  const field = { type: forge.pki.oids['emailAddress'], value, valueTagClass: asn1.Type.IA5STRING };
  return field as unknown as forge.pki.CertificateField;
}

export const nameTypes = {
  organization: '2.5.4.10',
  commonName: '2.5.4.3',
  userId: '0.9.2342.19200300.100.1.1',
} as const;

async function generateAuthorityKey(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
}

function pkcs8Pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

interface Unsigned extends CertificateRequest {
  readonly issuer: readonly forge.pki.CertificateField[];
}

/**
 * Node signs, off the event loop's thread; node-forge, which would take 0.1 s in JavaScript for it,
 * only builds the structure.
 */
async function signCertificate(unsigned: Unsigned, issuerKey: KeyObject): Promise<IssuedCertificate> {
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromAsn1(asn1.fromDer(binaryString(unsigned.publicKey)));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  certificate.serialNumber = serial.toString('hex');
  certificate.validity.notBefore = new Date(Date.now() - backdating);
  certificate.validity.notAfter = new Date(Date.now() + unsigned.validDays * millisecondsPerDay);
  certificate.setSubject([...unsigned.subject]);
  certificate.setIssuer([...unsigned.issuer]);
  certificate.setExtensions([...unsigned.extensions]);

  const algorithm = forge.pki.oids['sha256WithRSAEncryption'] ?? '';
  certificate.signatureOid = algorithm;
  certificate.siginfo.algorithmOid = algorithm;
  certificate.tbsCertificate = structure.getTBSCertificate(certificate);
  const signature = await promisify(sign)('sha256', derOf(certificate.tbsCertificate), issuerKey);
  certificate.signature = signature.toString('latin1');
  return {
    serial: certificate.serialNumber.toUpperCase(),
    der: derOf(pki.certificateToAsn1(certificate)),
  };
}

export class CertificateAuthority {
  private readonly certificate: forge.pki.Certificate;
  private readonly key: KeyObject;

  private constructor(private readonly saved: SavedAuthority) {
    this.certificate = pki.certificateFromPem(saved.certificatePem);
    this.key = createPrivateKey(saved.privateKeyPem);
  }

  public static async create(organization: string): Promise<CertificateAuthority> {
    const { publicKey, privateKey } = await generateAuthorityKey();
    const name = [
      nameField(nameTypes.organization, organization),
      nameField(nameTypes.commonName, `${organization} Demo CA`),
    ];
    const { der } = await signCertificate(
      {
        subject: name,
        issuer: name,
        publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
        validDays: 3650,
        extensions: [
          { name: 'basicConstraints', critical: true, cA: true },
          { name: 'keyUsage', critical: true, digitalSignature: true, keyCertSign: true, cRLSign: true },
          { name: 'subjectKeyIdentifier' },
        ],
      },
      privateKey,
    );
    return new CertificateAuthority({
      certificatePem: pemOf('CERTIFICATE', der),
      privateKeyPem: pkcs8Pem(privateKey),
    });
  }

  /** @throws when the saved PEM texts are not a certificate and an RSA key. */
  public static restore(saved: SavedAuthority): CertificateAuthority {
    return new CertificateAuthority(saved);
  }

  public get certificatePem(): string {
    return this.saved.certificatePem;
  }

  /** Holds the private key. */
  public save(): SavedAuthority {
    return this.saved;
  }

  /** Signs a certificate that carries both key identifiers and is no CA's. */
  public async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keyIdentifier = this.certificate.generateSubjectKeyIdentifier().getBytes();
    return signCertificate(
      {
        ...request,
        issuer: this.certificate.subject.attributes,
        extensions: [
          { name: 'basicConstraints', critical: true, cA: false },
          ...request.extensions,
          { name: 'subjectKeyIdentifier' },
          { name: 'authorityKeyIdentifier', keyIdentifier },
        ],
      },
      this.key,
    );
  }

  /** A certificate for TLS. @param hosts names and addresses, such as `localhost` and `::1`. */
  public async issueServerIdentity(
    organization: string,
    hosts: readonly { readonly name: string; readonly kind: 'name' | 'address' }[],
  ): Promise<ServerIdentity> {
    const { publicKey, privateKey } = await generateAuthorityKey();
    const { der } = await this.issue({
      subject: [
        nameField(nameTypes.organization, organization),
        nameField(nameTypes.commonName, hosts[0]?.name ?? 'localhost'),
      ],
      publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
      validDays: 397,
      extensions: [
        { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: hosts.map(({ name, kind }) =>
            kind === 'name' ? { type: 2, value: name } : { type: 7, ip: name },
          ),
        },
      ],
    });
    return { certificatePem: pemOf('CERTIFICATE', der), privateKeyPem: pkcs8Pem(privateKey) };
  }

  /** The chain, here one certificate, as PKCS#7 (DER) without content or signature. */
  public chain(): Uint8Array {
    const bag = forge.pkcs7.createSignedData();
    bag.addCertificate(this.certificate);
    return derOf((bag as typeof bag & { toAsn1(): forge.asn1.Asn1 }).toAsn1());
  }
}
