import { randomBytes, randomInt } from 'node:crypto';
import { Failure, asFailure } from '../../src/base/failure.js';
import { combinedObjectId, decodeCombinedObject, encodeCombinedObject } from './combined-object.js';
import type { CombinedObject, KeyUse } from './combined-object.js';
import { format, loadApplet, refuseLostCard, writeIssuerInfo } from './format.js';
import { cuidText, login, setNewPin } from './operation.js';
import type { Operation } from './operation.js';
import { aid } from './remote-card.js';
import type { AppletInfo, ObjectAcl, SecureChannel } from './remote-card.js';
import { cardRefusal, endOpCode, insistOnSuccess, serverRefusal } from './refusals.js';
import { enrollCardKey, enrollServerKey, recoverServerKey } from './user-keys.js';
import type { EnrolledCertificate, Enrollment } from './user-keys.js';

/** The life cycle of an applet that holds a person's keys. */
const personalized = 0x0f;

const temporaryDays = 7;

const everybody = 0xffff;
const serverOnly = 0x4000;
const combinedObjectAcl: ObjectAcl = [everybody, serverOnly, serverOnly];

/** Percentages within which the certificates share. */
const certificateProgress = { start: 15, width: 75 } as const;

interface PlannedKey {
  readonly use: KeyUse;
  readonly from: 'card' | 'server' | 'archive';
}

/** Puts keys and certificates of a person onto a card, new or again. */
export async function enroll(operation: Operation): Promise<void> {
  const { card, session, tokens, profile } = operation;
  const lifecycle = await card.lifecycle();
  const found = await card.readAppletInfo();
  const cuid = cuidText(found);
  const token = tokens.find(cuid);
  await card.readBuildId();
  if (token?.state === 'UNFORMATTED')
    throw serverRefusal(endOpCode.disabledToken, 'the card has to be formatted first');
  refuseLostCard(token);

  const userId = await login(operation);
  if (profile.oneActiveTokenPerUser && tokens.hasOtherActiveToken(userId, cuid))
    throw serverRefusal(endOpCode.hasActiveToken, 'the user has an active card already');
  // An active card is enrolled anew: nothing is given back to it.
  const lost = token?.state === 'ACTIVE' ? undefined : tokens.lostCardOf(userId, cuid);
  // In the place of a card that is only mislaid another one is good for some days: Dogtag's userKeyTemporary.
  const isTemporary = lost?.state === 'SUSPENDED';
  const validDays = isTemporary ? temporaryDays : profile.validDays;
  const tokenName = isTemporary ? `${userId} (Temporary)` : userId;
  const enrollment: Enrollment = { ...operation, userId, cuid, lost, validDays, tokenName };

  const prepared =
    token === undefined ? await formatUnknown(operation, found) : await bringUpToDate(operation, found);
  const channel = await card.openChannel();
  await setNewPin(operation, channel);

  const earlier = await readEarlierObjects(enrollment, channel);
  await session.tellStatus(10, 'PROGRESS_PROCESS_PROFILE');
  const certificates = await enrollCertificatesOrFormat(enrollment, channel);

  const finalChannel = await card.openChannel();
  const combined = combine(enrollment, prepared.info, earlier, certificates);
  await session.tellStatus(92, 'PROGRESS_WRITE_OBJECTS');
  await writeCombinedObject(finalChannel, combined, prepared.info);
  await session.tellStatus(98, 'PROGRESS_ISSUER_INFO');
  await writeIssuerInfo(operation, finalChannel);
  await session.tellStatus(99, 'PROGRESS_SET_LIFECYCLE');
  // An unknown card that was personalized before its forced format stays at 07: Dogtag does so too.
  if (lifecycle !== personalized || prepared.upgraded)
    insistOnSuccess(await finalChannel.setLifecycle(personalized), endOpCode.lifecycle, 'SET LIFECYCLE');
  tokens.activated(
    cuid,
    userId,
    profile.appletVersion,
    certificates.map(({ record }) => record),
  );
  await finalChannel.clearKeySlots(keysOf(combined));
  await session.tellStatus(100, 'PROGRESS_DONE_ENROLLMENT');
}

/** What is known of the card's applet once it is ready. */
interface Prepared {
  readonly info: AppletInfo;
  /** The applet was loaded anew, and with it the life cycle began again. */
  readonly upgraded: boolean;
}

/**
 * As Dogtag, it goes on with what it read before the format: for a blank card a memory of 0 bytes,
 * into which z0 will not fit. So whoever has a blank card formats it first.
 */
async function formatUnknown(operation: Operation, found: AppletInfo): Promise<Prepared> {
  await format(operation, 'authenticated');
  return { info: found, upgraded: false };
}

async function bringUpToDate(operation: Operation, found: AppletInfo): Promise<Prepared> {
  const { card, profile } = operation;
  if (found.version === undefined) {
    await card.readBuildId();
    await card.askForProtocol();
    throw new Failure('protocol-violation', 'a known card without an applet, at which TPS hangs up');
  }
  await card.askForProtocol();
  await card.selectOrFail(aid.cardManager);
  const channel = await card.openChannel();
  const upgraded = found.version !== profile.appletVersion;
  if (upgraded) {
    await loadApplet(operation, channel, { start: 5, end: 12 });
    await card.selectOrFail(aid.applet);
  }
  return { info: await card.readAppletInfo(), upgraded };
}

/**
 * Reads what the card holds, up to z0.
 * @throws Failure `card-refused` 8 when z0 cannot be read, 1 when another object comes before it.
 */
async function readEarlierObjects(
  { card }: Enrollment,
  channel: SecureChannel,
): Promise<CombinedObject | undefined> {
  const listed = await card.listObject(false);
  if (listed === undefined) return undefined;
  const bytes = await channel.readObject(listed.id, listed.size, endOpCode.cannotPerform);
  if (listed.id !== combinedObjectId)
    throw cardRefusal(
      endOpCode.unspecified,
      'LIST OBJECTS',
      'the card holds an object of a broken enrolment',
    );
  try {
    return decodeCombinedObject(bytes);
  } catch (error) {
    throw cardRefusal(endOpCode.cannotPerform, 'READ OBJECT', asFailure(error).detail);
  }
}

/** @throws Failure `card-refused` 7 after the card was formatted, when the card refuses a step. */
async function enrollCertificatesOrFormat(
  enrollment: Enrollment,
  channel: SecureChannel,
): Promise<EnrolledCertificate[]> {
  try {
    return await enrollCertificates(enrollment, channel);
  } catch (error) {
    if (asFailure(error).code !== 'card-refused') throw error;
    await format(enrollment, 'authenticated');
    throw error;
  }
}

async function enrollCertificates(
  enrollment: Enrollment,
  channel: SecureChannel,
): Promise<EnrolledCertificate[]> {
  const { session } = enrollment;
  const plan = planFor(enrollment);
  const challenge = new Uint8Array(randomBytes(16));
  const share = Math.trunc(certificateProgress.width / plan.length);
  // A profile names C1 and C2; in the place of a lost card Dogtag counts from 0.
  const first = enrollment.lost === undefined ? 1 : 0;
  const enrolled: EnrolledCertificate[] = [];
  for (const [i, key] of plan.entries()) {
    await session.tellStatus(certificateProgress.start + i * share, 'PROGRESS_KEY_GENERATION');
    enrolled.push(await enrollKey(enrollment, channel, first + i, key, challenge));
    await session.tellStatus(certificateProgress.start + (i + 1) * share, 'PROGRESS_ENROLL_CERT');
  }
  return enrolled;
}

/**
 * The key pairs and certificates of a card, in their order.
 * As Dogtag is shipped, what was on a card that was destroyed or mislaid is given back; where the card may be in other
 * hands, the key is a new one.
 */
function planFor({ profile, lost }: Enrollment): readonly PlannedKey[] {
  const signing = { use: 'signing', from: 'card' } as const;
  if (!profile.serverSideEncryptionKey) return [signing, { use: 'encryption', from: 'card' }];
  const made = { use: 'encryption', from: 'server' } as const;
  if (lost === undefined || lost.state === 'PERM_LOST') return [signing, made];
  const recovered = { use: 'encryption', from: 'archive' } as const;
  const isBoth = lost.state === 'DAMAGED' && profile.destroyedScheme === 'GenerateNewKeyAndRecoverLast';
  return isBoth ? [signing, made, recovered] : [signing, recovered];
}

async function enrollKey(
  enrollment: Enrollment,
  channel: SecureChannel,
  index: number,
  { use, from }: PlannedKey,
  challenge: Uint8Array,
): Promise<EnrolledCertificate> {
  switch (from) {
    case 'card':
      return enrollCardKey(enrollment, channel, index, use, challenge);
    case 'server':
      return enrollServerKey(enrollment, channel, index, use);
    case 'archive':
      return recoverServerKey(enrollment, channel, index, use);
  }
}

/** The new objects, and of those from before the ones that they do not replace. */
function combine(
  { tokenName }: Enrollment,
  { cuid }: AppletInfo,
  earlier: CombinedObject | undefined,
  certificates: readonly EnrolledCertificate[],
): CombinedObject {
  const fresh = certificates.flatMap(({ stored }) => stored);
  const replaced = new Set(fresh.map(({ id }) => id));
  const kept = (earlier?.objects ?? []).filter(({ id }) => !replaced.has(id));
  return {
    objectVersion: ((earlier?.objectVersion ?? randomInt(1000)) + 1) & 0xffff,
    cuid,
    tokenName,
    objects: [...fresh, ...kept],
  };
}

/** @throws Failure `card-refused` 7 when it does not fit or cannot be created, 8 when it cannot be written */
async function writeCombinedObject(
  channel: SecureChannel,
  combined: CombinedObject,
  { totalMemory }: AppletInfo,
): Promise<void> {
  const bytes = encodeCombinedObject(combined);
  if (bytes.length > totalMemory)
    throw cardRefusal(endOpCode.enrollment, 'CREATE OBJECT', 'the card has too little memory');
  const created = await channel.createObject(combinedObjectId, bytes.length, combinedObjectAcl);
  insistOnSuccess(created, endOpCode.enrollment, 'CREATE OBJECT');
  await channel.writeObject(combinedObjectId, bytes, endOpCode.cannotPerform);
}

/** The numbers of the keys in use, by pairs of private and public key. */
function keysOf({ objects }: CombinedObject): number[] {
  return objects
    .filter(({ id }) => id.startsWith('k'))
    .map(({ id }) => Number.parseInt(id.slice(1), 36))
    .sort((a, b) => a - b);
}
