/** The short form: what has to work with a real Dogtag before anything else does. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { Desk } from '../support/dogtag/desk.js';
import type { Person } from '../support/dogtag/directory.js';
import { lab } from '../support/dogtag/lab.js';
import { appletSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { activities, certificateRecords, tokenRecord } from '../support/dogtag/records.js';

// Of .ci/run, which waits for it: none of these takes more than 10 s where it goes well, and a start of the lab 60 s.
vi.setConfig({ testTimeout: 75_000, hookTimeout: 240_000 });

const firstPin = 'First-471';
const newPin = 'New.0815';

let desk: Desk;
let person: Person;
let cuid: string;

beforeAll(async () => {
  await lab.use();
  desk = await Desk.open();
  person = await lab.newPerson();
  cuid = toHex((await desk.insertNew()).cuid);
});
afterAll(() => desk.close());

test('the name of the lab is known here, and the machine has not heard of it', () => {
  const machine = readFileSync(process.env.ESC_DOGTAG_MACHINE_HOSTS ?? '', 'utf8');
  expect(machine).not.toContain('pki.example.com');
  expect(readFileSync('/etc/hosts', 'utf8')).toBe(`${machine}127.0.0.1 pki.example.com\n`);
});

test('a blank card is formatted', async () => {
  expect(await appletSeen(desk)).toBeUndefined();
  const result = await desk.operate('format', { person });
  expect(result.report(), result.stdout).toMatchObject({
    outcome: 'done',
    card: { status: 'UNINITIALIZED' },
  });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED' });
  expect((await activities(cuid)).at(-1)).toMatchObject({ operation: 'format', result: 'success' });
});

test('a wrong password is refused, and the card is as it was', async () => {
  const result = await desk.operate('enroll', { person: { ...person, password: 'wrong' }, pin: firstPin });
  expect(result.status).toBe(6);
  expect(result.report(), result.stdout).toMatchObject({ outcome: 'failed', cardTouched: false });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED' });
  expect(await certificateRecords(cuid)).toEqual([]);
});

test('the card is enrolled', async () => {
  const result = await desk.operate('enroll', { person, pin: firstPin });
  expect(result.report(), result.stdout).toMatchObject({ outcome: 'done', card: { status: 'ENROLLED' } });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '0F' });
  for (const token of pkcs11Tokens(desk, person)) {
    expect(await token.signAndVerify(firstPin)).toContain('Verified OK');
    expect(await token.encryptAndDecrypt(firstPin, 'what was encrypted')).toBe('what was encrypted');
  }
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', user: person.user });
  expect(await certificateRecords(cuid)).toMatchObject([{ status: 'active' }, { status: 'active' }]);
});

test('the card gets a new password', async () => {
  const result = await desk.operate('reset-password', { person, pin: newPin });
  expect(result.report(), result.stdout).toMatchObject({ outcome: 'done', card: { status: 'ENROLLED' } });
  for (const token of pkcs11Tokens(desk, person)) {
    await expect(token.list(firstPin)).rejects.toThrow(/CKR_PIN_INCORRECT/);
    expect(await token.signAndVerify(newPin)).toContain('Verified OK');
  }
  expect((await activities(cuid)).at(-1)).toMatchObject({ operation: 'pin_reset', result: 'success' });
});
