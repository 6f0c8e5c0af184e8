/** The life of a card, at a server as it ships but for what the lab's build says. */
import type { VirtualCard } from '../../demo/card/virtual-card.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { setTokenPolicy } from '../support/dogtag/agent.js';
import { Desk } from '../support/dogtag/desk.js';
import type { Person } from '../support/dogtag/directory.js';
import { lab } from '../support/dogtag/lab.js';
import { appletSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import {
  activities,
  archivedKeys,
  certificateRecords,
  issuedStatus,
  tokenRecord,
} from '../support/dogtag/records.js';
import { expectEnrolled, expectFormatted, type Certificates } from '../support/dogtag/three-sides.js';

const pin = 'First-471';
const newPin = 'New.0815';
const renewing = 'RE_ENROLL=YES;RENEW=YES;FORCE_FORMAT=NO;PIN_RESET=YES;RESET_PIN_RESET_TO_NO=NO';
const enrolling = renewing.replace('RENEW=YES', 'RENEW=NO');

const kinds = ['signing', 'encryption'] as const;

let desk: Desk;
let person: Person;
let card: VirtualCard;
let cuid: string;
let last: Certificates;

const lastActivity = async (): Promise<unknown> => (await activities(cuid)).at(-1);
const keyOf = (which: keyof Certificates, { [which]: certificate }: Certificates): string =>
  certificate.publicKey.export({ format: 'pem', type: 'spki' }).toString();

beforeAll(async () => {
  await lab.use();
  desk = await Desk.open();
  person = await lab.newPerson();
  card = await desk.insertNew();
  cuid = toHex(card.cuid);
});
afterAll(() => desk.close());

test('a blank card that the TPS has not heard of is formatted', async () => {
  expect(await appletSeen(desk)).toBeUndefined();
  expect(await tokenRecord(cuid)).toBeUndefined();
  await desk.mustOperate('format', { person });
  await expectFormatted(desk, card);
  expect(await lastActivity()).toMatchObject({ operation: 'format', result: 'success' });
});

test('the formatted card is enrolled: a key of its own to sign, one from the server that is archived', async () => {
  await desk.mustOperate('enroll', { person, pin });
  last = await expectEnrolled(desk, { card, person, pin });
  expect(await lastActivity()).toMatchObject({
    operation: 'enrollment',
    result: 'success',
    user: person.user,
  });
});

test('the enrolled card gets a new password, and keeps its certificates', async () => {
  await desk.mustOperate('reset-password', { person, pin: newPin });
  expect(await expectEnrolled(desk, { card, person, pin: newPin })).toEqual(last);
  for (const token of pkcs11Tokens(desk, person))
    await expect(token.list(pin)).rejects.toThrow(/CKR_PIN_INCORRECT/);
  expect(await lastActivity()).toMatchObject({ operation: 'pin_reset', result: 'success' });
});

test('the enrolled card is enrolled again: new keys, new certificates', async () => {
  await desk.mustOperate('enroll', { person, pin });
  const now = await expectEnrolled(desk, { card, person, pin });
  for (const which of kinds) {
    expect(keyOf(which, now)).not.toBe(keyOf(which, last));
    expect(now[which].serialNumber).not.toBe(last[which].serialNumber);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
  last = now;
});

test('a card whose policy says RENEW=YES is renewed: the same keys, new certificates', async () => {
  await setTokenPolicy(cuid, renewing);
  await desk.mustOperate('enroll', { person, pin });
  const now = await expectEnrolled(desk, { card, person, pin });
  for (const which of kinds) {
    expect(keyOf(which, now)).toBe(keyOf(which, last));
    expect(now[which].serialNumber).not.toBe(last[which].serialNumber);
  }
  expect(await archivedKeys(person.user)).toHaveLength(2);
  expect(await lastActivity()).toMatchObject({ result: 'success' });
  last = now;
});

test('the renewed card gets a new password', async () => {
  await desk.mustOperate('reset-password', { person, pin: newPin });
  expect(await expectEnrolled(desk, { card, person, pin: newPin })).toEqual(last);
});

test('the enrolled card is formatted: nothing is left on it, the TPS forgets its certificates, and the CA revokes them', async () => {
  await desk.mustOperate('format', { person });
  await expectFormatted(desk, card);
  for (const token of pkcs11Tokens(desk, person)) await expect(token.list(newPin)).rejects.toThrow();
  expect(await certificateRecords(cuid)).toEqual([]);
  for (const which of kinds) expect(await issuedStatus(last[which])).toBe('REVOKED');
});

test('the same card goes all the way once more, for somebody else', async () => {
  person = await lab.newPerson();
  await setTokenPolicy(cuid, enrolling);
  await desk.mustOperate('enroll', { person, pin });
  const first = await expectEnrolled(desk, { card, person, pin });
  await desk.mustOperate('reset-password', { person, pin: newPin });
  expect(await expectEnrolled(desk, { card, person, pin: newPin })).toEqual(first);
  await desk.mustOperate('enroll', { person, pin });
  const again = await expectEnrolled(desk, { card, person, pin });
  await setTokenPolicy(cuid, renewing);
  await desk.mustOperate('enroll', { person, pin });
  const renewed = await expectEnrolled(desk, { card, person, pin });
  for (const which of kinds) {
    expect(keyOf(which, again)).not.toBe(keyOf(which, first));
    expect(keyOf(which, renewed)).toBe(keyOf(which, again));
  }
  await desk.mustOperate('format', { person });
  await expectFormatted(desk, card);
});

test('a new card where the TPS’s own policy says RENEW=YES is renewed as well, and formatted', async () => {
  await lab.use({ tps: { 'tokendb.defaultPolicy': renewing } });
  person = await lab.newPerson();
  card = await desk.insertNew();
  cuid = toHex(card.cuid);
  await desk.mustOperate('enroll', { person, pin });
  const first = await expectEnrolled(desk, { card, person, pin });
  await desk.mustOperate('enroll', { person, pin: newPin });
  const renewed = await expectEnrolled(desk, { card, person, pin: newPin });
  for (const which of kinds) {
    expect(keyOf(which, renewed)).toBe(keyOf(which, first));
    expect(renewed[which].serialNumber).not.toBe(first[which].serialNumber);
  }
  expect(await archivedKeys(person.user)).toHaveLength(1);
  // No policy of its own.
  expect((await tokenRecord(cuid))?.policy).toBeUndefined();
  expect(await activities(cuid)).toContainEqual(
    expect.objectContaining({ operation: 'renewal', result: 'success' }),
  );
  await desk.mustOperate('format', { person });
  await expectFormatted(desk, card);
});
