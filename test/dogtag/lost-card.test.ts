/** A lost card: an agent reports it, and what the same user's next card gets. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { assignToken, setTokenStatus } from '../support/dogtag/agent.js';
import { Desk } from '../support/dogtag/desk.js';
import type { Person } from '../support/dogtag/directory.js';
import { lab } from '../support/dogtag/lab.js';
import { appletSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { activities, archivedKeys, certificateRecords, tokenRecord } from '../support/dogtag/records.js';
import { encryptFor } from '../support/pkcs11/token.js';

const pin = 'Lost.4711';
const letter = 'written before the card was lost';
const answer = 'written afterwards';

/** Where certificates are on a card that is enrolled like any other, and on one in the place of a lost card. */
const first = { signing: '01', encryption: '02' } as const;
const next = { signing: '00', encryption: '01', second: '02' } as const;

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
  const certificate = await token.certificate(first.encryption);
  encrypted = encryptFor(certificate, letter);
  serial = certificate.serialNumber;
});

async function statuses(cuid: string): Promise<Record<string, string | undefined>> {
  const records = await certificateRecords(cuid);
  return Object.fromEntries(records.map(({ keyType = '', status }) => [keyType, status]));
}

/**
 * Formats another card, which an agent may give to the person, and enrolls it.
 * @param ids of its certificates, as others and the program itself see them; the first one's key signs
 */
async function enrollNext(given: 'given' | 'as it is', ids: readonly string[]): Promise<string> {
  const cuid = toHex((await desk.insertNew()).cuid);
  await desk.mustOperate('format', { person });
  if (given === 'given') await assignToken(cuid, person.user);
  await desk.mustOperate('enroll', { person, pin });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '0F' });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', user: person.user });
  expect((await activities(cuid)).at(-1)).toMatchObject({ result: 'success', user: person.user });
  for (const token of pkcs11Tokens(desk)) {
    expect(await token.ids()).toEqual(ids);
    expect(await token.signAndVerify(pin, ids[0])).toContain('Verified OK');
  }
  await expectShown(ids);
  return cuid;
}

/** What the program makes of the card. */
async function expectShown(ids: readonly string[]): Promise<void> {
  const jobs = ids.map((_, index) => (index === 0 ? 'sign' : 'decrypt'));
  const labels = jobs.map(job => `${job === 'sign' ? 'signing' : 'encryption'} key for ${person.user}`);
  const certificates = labels.map(label => ({ label, subject: `UID=${person.user},O=Token Key User` }));
  // Of the pair of a certificate the private key has twice its number.
  const numbers = ids.map(id => 2 * Number(id));
  const info = (await desk.escctl(['info', '--json'])).json();
  const keys = numbers.map(number => ({ number, bits: 1024 }));
  expect(info).toMatchObject({ status: 'ENROLLED', unfinished: false, certificates, keys });
  expect((await desk.escctl(['certificates', '--json'])).json()).toMatchObject(certificates);
  const tested = await desk.escctl(['test-card', '--json', '--pin-file=-'], { input: `${pin}\n` });
  expect(tested.json(), tested.stdout).toMatchObject({
    outcome: 'done',
    keys: numbers.map((number, index) => ({
      ...{ number, label: labels[index], job: jobs[index], result: 'works' },
    })),
  });
}

test('a damaged card: the next one, which an agent has given to its user, gets the archived encryption key', async () => {
  await setTokenStatus(lost, 'DAMAGED');
  expect(await statuses(lost)).toEqual({ signing: 'revoked', encryption: 'active' });
  const cuid = await enrollNext('given', [next.signing, next.encryption]);
  for (const token of pkcs11Tokens(desk, person)) {
    expect((await token.certificate(next.encryption)).serialNumber).toBe(serial);
    expect(await token.decrypt(pin, encrypted, next.encryption)).toBe(letter);
  }
  expect(await archivedKeys(person.user)).toHaveLength(1);
  expect((await certificateRecords(cuid)).find(({ keyType }) => keyType === 'encryption')).toMatchObject({
    origin: lost,
    status: 'active',
  });
});

test('a damaged card: the next one gets new keys where no agent has given it to its user', async () => {
  await setTokenStatus(lost, 'DAMAGED');
  await enrollNext('as it is', [first.signing, first.encryption]);
  for (const token of pkcs11Tokens(desk, person)) {
    expect((await token.certificate(first.encryption)).serialNumber).not.toBe(serial);
    expect(await token.encryptAndDecrypt(pin, answer)).toBe(answer);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
});

test('a card lost for good: its certificates are revoked, and the next one gets new keys', async () => {
  await setTokenStatus(lost, 'PERM_LOST');
  expect(await statuses(lost)).toEqual({ signing: 'revoked', encryption: 'revoked' });
  await enrollNext('given', [next.signing, next.encryption]);
  for (const token of pkcs11Tokens(desk, person)) {
    expect((await token.certificate(next.encryption)).serialNumber).not.toBe(serial);
    expect(await token.encryptAndDecrypt(pin, answer, next.encryption)).toBe(answer);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
});

test('a suspended card: the next one is good for a week, and gets the archived encryption key', async () => {
  await setTokenStatus(lost, 'SUSPENDED');
  expect(await statuses(lost)).toEqual({ signing: 'revoked_on_hold', encryption: 'revoked_on_hold' });
  const cuid = await enrollNext('given', [next.signing, next.encryption]);
  for (const token of pkcs11Tokens(desk)) {
    expect((await token.certificate(next.encryption)).serialNumber).toBe(serial);
    expect(await token.decrypt(pin, encrypted, next.encryption)).toBe(letter);
    const { validFrom, validTo } = await token.certificate(next.signing);
    expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(7 * 24 * 3600 * 1000);
  }
  expect((await desk.escctl(['info', '--json'])).json()).toMatchObject({
    tokenName: `${person.user} (Temporary)`,
  });
  expect(await statuses(cuid)).toEqual({ signing: 'active', encryption: 'active' });
  expect(await statuses(lost)).toEqual({ signing: 'revoked_on_hold', encryption: 'revoked_on_hold' });
});

test('a card lost for good, where the profile says so: the next one gets the archived encryption key', async () => {
  const scheme = 'op.enroll.userKey.keyGen.encryption.recovery.keyCompromise.scheme';
  await lab.use({ tps: { [scheme]: 'RecoverLast' } });
  await setTokenStatus(lost, 'PERM_LOST');
  const cuid = await enrollNext('given', [next.signing, next.encryption]);
  for (const token of pkcs11Tokens(desk, person)) {
    expect((await token.certificate(next.encryption)).serialNumber).toBe(serial);
    expect(await token.decrypt(pin, encrypted, next.encryption)).toBe(letter);
  }
  expect(await archivedKeys(person.user)).toHaveLength(1);
  // It is good for what was encrypted before, and for nothing new.
  expect(await statuses(cuid)).toEqual({ signing: 'active', encryption: 'revoked' });
});

test('a damaged card, where the profile says so: the next one gets a new encryption key and the archived one', async () => {
  const scheme = 'op.enroll.userKey.keyGen.encryption.recovery.destroyed.scheme';
  await lab.use({ tps: { [scheme]: 'GenerateNewKeyAndRecoverLast' } });
  await setTokenStatus(lost, 'DAMAGED');
  await enrollNext('given', Object.values(next));
  for (const token of pkcs11Tokens(desk, person)) {
    expect((await token.certificate(next.second)).serialNumber).toBe(serial);
    expect(await token.decrypt(pin, encrypted, next.second)).toBe(letter);
    expect((await token.certificate(next.encryption)).serialNumber).not.toBe(serial);
    expect(await token.encryptAndDecrypt(pin, answer, next.encryption)).toBe(answer);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
});

test('a damaged card, where the profile misspells that: the next one gets no encryption key', async () => {
  const scheme = 'op.enroll.userKey.keyGen.encryption.recovery.destroyed.scheme';
  // As older guides have it.
  await lab.use({ tps: { [scheme]: 'GenerateNewKeyandRecoverLast' } });
  await setTokenStatus(lost, 'DAMAGED');
  await enrollNext('given', [next.signing]);
});
