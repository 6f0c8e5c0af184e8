/** The keys of an enrolment: made by the card, made by the server, or given back out of the archive. */
import { createPrivateKey } from 'node:crypto';
import { keyNumbers, storedCertificate } from './combined-object.js';
import type { KeyUse, StoredObject } from './combined-object.js';
import { parseKeyProof } from './key-proof.js';
import type { Operation } from './operation.js';
import type { ObjectAcl, SecureChannel } from './remote-card.js';
import { cardRefusal, endOpCode, insistOnSuccess, serverRefusal } from './refusals.js';
import { generateServerKey, keyObjectId, wrapServerKey, type KeyBits } from './server-key.js';
import type { Token, TokenCertificate } from './tokens.js';
import { issueUserCertificate } from './user-certificate.js';

const ioBufferId = 0xffffffff;
const ioBufferSize = 900;

const serverOnly = 0x4000;
const keyObjectAcl: ObjectAcl = [serverOnly, serverOnly, serverOnly];

/** One enrolment after the card is ready for it. */
export interface Enrollment extends Operation {
  readonly userId: string;
  readonly cuid: string;
  /** The card in whose place this one comes. */
  readonly lost: Token | undefined;
  /** Of the certificates that are made. */
  readonly validDays: number;
  /** What PKCS #11 modules call the card. */
  readonly tokenName: string;
}

export interface EnrolledCertificate {
  readonly stored: readonly StoredObject[];
  readonly record: TokenCertificate;
}

/** The card makes the key and proves that it has it. */
export async function enrollCardKey(
  enrollment: Enrollment,
  channel: SecureChannel,
  index: number,
  use: KeyUse,
  challenge: Uint8Array,
): Promise<EnrolledCertificate> {
  const code = endOpCode.enrollment;
  const { keyBits } = enrollment.profile;
  const answer = await channel.startEnroll(keyNumbers(index), keyBits, channel.wrapKey(challenge));
  insistOnSuccess(answer, code, 'START ENROLL');
  const [high = 0, low = 0] = answer.data;
  const length = (high << 8) | low;
  if (length === 0 || length > ioBufferSize)
    throw cardRefusal(code, 'START ENROLL', `a result of ${length} bytes`);
  const publicKey = parseKeyProof(await channel.readObject(ioBufferId, length, code), keyBits, challenge);
  return certify(enrollment, index, use, publicKey);
}

/** The server makes the key, archives it and gives it to the card. */
export async function enrollServerKey(
  enrollment: Enrollment,
  channel: SecureChannel,
  index: number,
  use: KeyUse,
): Promise<EnrolledCertificate> {
  const { cuid, userId, tokens, profile } = enrollment;
  const pair = await generateServerKey(profile.keyBits);
  const certificate = await certify(enrollment, index, use, pair.publicKey);
  tokens.archiveKey({
    cuid,
    userId,
    serial: certificate.record.serial,
    privateKey: Buffer.from(pair.privateKey).toString('base64'),
  });
  await importKey(channel, index, pair.privateKey, profile.keyBits);
  return certificate;
}

/**
 * Gives the card the newest key of its use that is archived for the lost card, and that key's certificate.
 * @throws Failure `server-refused` 37 where there is none
 */
export async function recoverServerKey(
  { userId, tokens, lost }: Enrollment,
  channel: SecureChannel,
  index: number,
  use: KeyUse,
): Promise<EnrolledCertificate> {
  const records = (lost?.certificates ?? []).filter(
    certificate => certificate.use === use && certificate.status !== 'revoked',
  );
  // A card that got a new key beside a recovered one has both: the archive knows which is newer.
  const archived = tokens
    .archivedKeys()
    .filter(({ serial }) => records.some(record => record.serial === serial))
    .at(-1);
  const record = records.find(({ serial }) => serial === archived?.serial);
  if (record === undefined || archived === undefined)
    throw serverRefusal(endOpCode.recovery, `no ${use} key of card ${lost?.cuid ?? ''} is archived`);
  const der = Buffer.from(archived.privateKey, 'base64');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const bits = key.asymmetricKeyDetails?.modulusLength === 1024 ? 1024 : 2048;
  await importKey(channel, index, new Uint8Array(der), bits);
  const certificate = new Uint8Array(Buffer.from(record.certificate, 'base64'));
  return {
    stored: storedCertificate(index, use, labelOf(use, userId), certificate),
    record: { ...record, status: 'active' },
  };
}

async function importKey(
  channel: SecureChannel,
  index: number,
  privateKey: Uint8Array,
  bits: KeyBits,
): Promise<void> {
  const code = endOpCode.enrollment;
  const wrapped = wrapServerKey(privateKey, bits, key => channel.wrapKey(key));
  const created = await channel.createObject(keyObjectId, wrapped.object.length, keyObjectAcl);
  insistOnSuccess(created, code, 'CREATE OBJECT');
  await channel.writeObject(keyObjectId, wrapped.object, code);
  insistOnSuccess(await channel.importKey(keyNumbers(index), wrapped.importData), code, 'IMPORT KEY');
}

function labelOf(use: KeyUse, userId: string): string {
  return `${use} key for ${userId}`;
}

async function certify(
  { authority, profile, userId, validDays }: Enrollment,
  index: number,
  use: KeyUse,
  publicKey: Uint8Array,
): Promise<EnrolledCertificate> {
  const user = profile.users.get(userId);
  if (user === undefined) throw serverRefusal(endOpCode.login, 'the user is not known');
  const issued = await issueUserCertificate(authority, {
    use,
    userId,
    user,
    organization: profile.organization,
    publicKey,
    validDays,
  });
  return {
    stored: storedCertificate(index, use, labelOf(use, userId), issued.der),
    record: {
      use,
      serial: issued.serial,
      status: 'active',
      certificate: Buffer.from(issued.der).toString('base64'),
    },
  };
}
