/** A lost card: an agent reports it, and what the same user's next card gets. */
import type { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { assignToken, setTokenStatus } from '../support/dogtag/agent.js';
import { Desk } from '../support/dogtag/desk.js';
import type { Person } from '../support/dogtag/directory.js';
import { lab } from '../support/dogtag/lab.js';
import { appletSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { activities, archivedKeys, certificateRecords, tokenRecord } from '../support/dogtag/records.js';
import { encryptFor, type Pkcs11Token } from '../support/pkcs11/token.js';

const pin = 'Lost.4711';
const letter = 'written before the card was lost';

let desk: Desk;
let person: Person;
/** The card that is lost. */
let lost: string;
let encrypted: Uint8Array;
/** The encryption certificate's. */
let serial: string;

beforeAll(async () => {
  await lab.use();
  desk = await Desk.open();
});
afterAll(() => desk.close());
beforeEach(async () => {
  person = await lab.newPerson();
  lost = toHex((await desk.insertNew()).cuid);
  await desk.mustOperate('enroll', { person, pin });
  const [token] = pkcs11Tokens(desk, person);
  if (token === undefined) throw new Error('no module');
  const certificate = await token.certificate('02');
  encrypted = encryptFor(certificate, letter);
  serial = certificate.serialNumber;
});

async function statuses(cuid: string): Promise<Record<string, string | undefined>> {
  const records = await certificateRecords(cuid);
  return Object.fromEntries(records.map(({ keyType = '', status }) => [keyType, status]));
}

/** Formats another card, which an agent may give to the person, and enrolls it. */
async function enrollNext(given: 'given' | 'as it is'): Promise<string> {
  const next = toHex((await desk.insertNew()).cuid);
  await desk.mustOperate('format', { person });
  if (given === 'given') await assignToken(next, person.user);
  await desk.mustOperate('enroll', { person, pin });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '0F' });
  expect(await tokenRecord(next)).toMatchObject({ status: 'ACTIVE', user: person.user });
  expect((await activities(next)).at(-1)).toMatchObject({ result: 'success', user: person.user });
  return next;
}

/** The encryption certificate of a card, and the id of its key: a recovered one comes to another place. */
async function encryptionKey(
  token: Pkcs11Token,
  cuid: string,
): Promise<{ readonly id: string; readonly certificate: X509Certificate }> {
  const records = (await certificateRecords(cuid)).filter(({ keyType }) => keyType === 'encryption');
  for (const id of await token.ids()) {
    const certificate = await token.certificate(id);
    if (records.some(({ serial }) => BigInt(serial ?? 0) === BigInt(`0x${certificate.serialNumber}`)))
      return { id, certificate };
  }
  throw new Error(`no encryption certificate among ${await token.list(pin)}`);
}

test('a damaged card: the next one, which an agent has given to its user, gets the archived encryption key', async () => {
  await setTokenStatus(lost, 'DAMAGED');
  expect(await statuses(lost)).toEqual({ signing: 'revoked', encryption: 'active' });
  const next = await enrollNext('given');
  for (const token of pkcs11Tokens(desk, person)) {
    const { id, certificate } = await encryptionKey(token, next);
    expect(certificate.serialNumber).toBe(serial);
    expect(await token.decrypt(pin, encrypted, id)).toBe(letter);
  }
  expect(await archivedKeys(person.user)).toHaveLength(1);
  expect((await certificateRecords(next)).find(({ keyType }) => keyType === 'encryption')).toMatchObject({
    origin: lost,
    status: 'active',
  });
});

test('a damaged card: the next one gets new keys where no agent has given it to its user', async () => {
  await setTokenStatus(lost, 'DAMAGED');
  await enrollNext('as it is');
  for (const token of pkcs11Tokens(desk, person)) {
    expect((await token.certificate('02')).serialNumber).not.toBe(serial);
    expect(await token.encryptAndDecrypt(pin, letter)).toBe(letter);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
});

test('a card lost for good: its certificates are revoked, and the next one gets new keys', async () => {
  await setTokenStatus(lost, 'PERM_LOST');
  expect(await statuses(lost)).toEqual({ signing: 'revoked', encryption: 'revoked' });
  const next = await enrollNext('given');
  for (const token of pkcs11Tokens(desk, person)) {
    const { id, certificate } = await encryptionKey(token, next);
    expect(certificate.serialNumber).not.toBe(serial);
    expect(await token.decrypt(pin, encryptFor(certificate, letter), id)).toBe(letter);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
});

test('a card lost for good, where the profile says so: the next one gets the archived encryption key', async () => {
  const scheme = 'op.enroll.userKey.keyGen.encryption.recovery.keyCompromise.scheme';
  await lab.use({ tps: { [scheme]: 'RecoverLast' } });
  await setTokenStatus(lost, 'PERM_LOST');
  const next = await enrollNext('given');
  for (const token of pkcs11Tokens(desk, person)) {
    const { id, certificate } = await encryptionKey(token, next);
    expect(certificate.serialNumber).toBe(serial);
    expect(await token.decrypt(pin, encrypted, id)).toBe(letter);
  }
  expect(await archivedKeys(person.user)).toHaveLength(1);
  // It is good for what was encrypted before, and for nothing new.
  expect(await statuses(next)).toEqual({ signing: 'active', encryption: 'revoked' });
});
