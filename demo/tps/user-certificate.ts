import { emailField, nameField, nameTypes } from './ca.js';
import type { CertificateAuthority, IssuedCertificate } from './ca.js';
import type { KeyUse } from './combined-object.js';
import type { DemoUser } from './users.js';

export interface UserCertificateRequest {
  readonly use: KeyUse;
  readonly userId: string;
  readonly user: DemoUser;
  readonly organization: string;
  /** From now on. */
  readonly validDays: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

const emailName = 1;

const usage: Record<KeyUse, readonly object[]> = {
  signing: [
    { name: 'keyUsage', critical: true, digitalSignature: true, nonRepudiation: true },
    { name: 'extKeyUsage', clientAuth: true, emailProtection: true },
  ],
  encryption: [
    { name: 'keyUsage', critical: true, keyEncipherment: true, dataEncipherment: true },
    { name: 'extKeyUsage', emailProtection: true },
  ],
};

/** A certificate for `CN=name,UID=user id,E=address,O=organization`. */
export async function issueUserCertificate(
  authority: CertificateAuthority,
  { use, userId, user, organization, publicKey, validDays }: UserCertificateRequest,
): Promise<IssuedCertificate> {
  return authority.issue({
    subject: [
      nameField(nameTypes.organization, organization),
      emailField(user.email),
      nameField(nameTypes.userId, userId),
      nameField(nameTypes.commonName, user.name),
    ],
    publicKey,
    validDays,
    extensions: [
      ...usage[use],
      { name: 'subjectAltName', altNames: [{ type: emailName, value: user.email }] },
    ],
  });
}
