/** Key changeover: the TPS gives each card keys of its own, which the TKS derives from a master key. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { developerKeys, ScpHost } from '../../demo/scp01.js';
import { Desk } from '../support/dogtag/desk.js';
import { replace, type Person } from '../support/dogtag/directory.js';
import { lab } from '../support/dogtag/lab.js';
import { keyChangeover, makeMasterKey, quickDerivation } from '../support/dogtag/master-key.js';
import { appletSeen, initializeUpdateSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { activities, tokenRecord } from '../support/dogtag/records.js';

const pin = 'Change-99';
const challenge = fromHex('0102030405060708');

interface CardFile {
  readonly keyVersion: number;
  readonly keys: Readonly<Record<'enc' | 'mac' | 'kek', string>>;
}

let folder: string;
let desk: Desk;
let person: Person;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'esc-changeover-'));
  await lab.use({ tps: keyChangeover, tks: { ...(await makeMasterKey()), ...quickDerivation } });
  desk = await Desk.open();
});
beforeEach(async () => {
  person = await lab.newPerson();
});
afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true });
});

const fileOf = (name: string): string => join(folder, name);
const readCard = (name: string): CardFile => JSON.parse(readFileSync(fileOf(name), 'utf8')) as CardFile;

/** Whether the card in the reader has other keys than those of the factory. */
async function hasOwnKeys(): Promise<boolean> {
  const answer = await initializeUpdateSeen(desk, challenge);
  const withStatus = new Uint8Array([...answer, 0x90, 0x00]);
  try {
    return new ScpHost(developerKeys, challenge, withStatus).card.keyVersion !== 1;
  } catch (error) {
    expect(String(error)).toContain('the card has other keys');
    expect(answer[10]).toBe(2);
    return true;
  }
}

test('a blank card is formatted and gets keys of its own, by which it is enrolled, gets a new password and is formatted again', async () => {
  const cuid = toHex((await desk.insertNew()).cuid);
  expect(await hasOwnKeys()).toBe(false);
  await desk.mustOperate('format', { person });
  expect(await hasOwnKeys()).toBe(true);
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED', keyInfo: '0201' });
  const changes = async (): Promise<number> =>
    (await activities(cuid)).filter(
      ({ operation, result }) => operation === 'key_changeover' && result === 'success',
    ).length;
  expect(await changes()).toBe(1);

  await desk.mustOperate('enroll', { person, pin: 'Before-98' });
  await desk.mustOperate('reset-password', { person, pin });
  for (const token of pkcs11Tokens(desk, person)) {
    expect(await token.signAndVerify(pin)).toContain('Verified OK');
    expect(await token.encryptAndDecrypt(pin, 'for the new keys')).toBe('for the new keys');
  }
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', keyInfo: '0201' });

  await desk.mustOperate('format', { person });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await hasOwnKeys()).toBe(true);
  expect(await changes()).toBe(1);
});

test('a blank card that is enrolled at once gets keys of its own', async () => {
  const card = await desk.insertNew();
  await desk.mustOperate('enroll', { person, pin });
  expect(await hasOwnKeys()).toBe(true);
  expect(await tokenRecord(toHex(card.cuid))).toMatchObject({ status: 'ACTIVE', keyInfo: '0201' });
});

test('a card with keys that are not the server’s is refused, and works again when it has them back', async () => {
  const name = 'foreign';
  await desk.insertNew(0, { file: fileOf(name) });
  await desk.mustOperate('format', { person });
  await desk.remove();
  const own = readFileSync(fileOf(name), 'utf8');
  const [enc, mac, kek] = ['11', '22', '33'].map(byte => byte.repeat(16));
  writeFileSync(fileOf(name), JSON.stringify({ ...readCard(name), keys: { enc, mac, kek } }));

  const card = new VirtualCard({ file: fileOf(name) });
  await desk.insert(card);
  const refused = await desk.operate('format', { person });
  expect(refused.report(), refused.stdout).toMatchObject({
    outcome: 'failed',
    code: 'server-refused',
    facts: { result: 'END_OP 17 SECURE_CHANNEL' },
    message: expect.stringContaining('the card’s keys are not the server’s') as string,
    cardTouched: false,
    card: { status: 'UNINITIALIZED', unfinished: false },
  });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await tokenRecord(toHex(card.cuid))).toMatchObject({ keyInfo: '0201' });

  await desk.remove();
  writeFileSync(fileOf(name), own);
  await desk.insert(new VirtualCard({ file: fileOf(name) }));
  await desk.mustOperate('format', { person });
  await desk.mustOperate('enroll', { person, pin });
});

test('a card that does not take its new keys keeps those that it has, and is formatted when it takes them', async () => {
  const faults = [{ command: 'PUT KEY', fault: { kind: 'answer', statusWord: 0x6a80 } }] as const;
  const card = await desk.insertNew(0, { faults });
  const refused = await desk.operate('format', { person });
  expect(refused.report(), refused.stdout).toMatchObject({
    outcome: 'failed',
    message: 'The card’s keys could not be changed.',
    facts: { result: 'END_OP 20 KEY_CHANGE_OVER' },
  });
  expect(await hasOwnKeys()).toBe(false);
  expect(await activities(toHex(card.cuid))).toContainEqual(
    expect.objectContaining({ operation: 'key_changeover', result: 'failure' }),
  );
  card.setFaults([]);
  await desk.mustOperate('format', { person });
  expect(await hasOwnKeys()).toBe(true);
});

test('a card that is pulled out just after it took its new keys has them, and is formatted anew', async () => {
  const file = fileOf('pulled');
  const faults = [{ command: 'PUT KEY', fault: { kind: 'pull', when: 'after' } }] as const;
  const cuid = toHex((await desk.insertNew(0, { file, faults })).cuid);
  const pulled = await desk.operate('format', { person });
  expect(pulled.report(), pulled.stdout).toMatchObject({ outcome: 'failed', code: 'card-removed' });
  await desk.insert(new VirtualCard({ file }));
  expect(await hasOwnKeys()).toBe(true);
  expect((await tokenRecord(cuid))?.keyInfo).toBeUndefined();
  await desk.mustOperate('format', { person });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED', keyInfo: '0201' });
});

test('a card with other keys than the server remembers is refused, and works when the server is told of them', async () => {
  const cuid = toHex((await desk.insertNew()).cuid);
  await desk.mustOperate('format', { person });
  const remember = async (version: string): Promise<void> => {
    const record = await tokenRecord(cuid);
    if (record === undefined) throw new Error('the server has forgotten the card');
    await replace(record.entry, 'keyInfo', version);
  };
  await remember('0101');
  const refused = await desk.operate('format', { person });
  expect(refused.report(), refused.stdout).toMatchObject({
    outcome: 'failed',
    facts: { result: 'END_OP 17 SECURE_CHANNEL' },
  });
  expect(await hasOwnKeys()).toBe(true);
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  await remember('0201');
  await desk.mustOperate('format', { person });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED', keyInfo: '0201' });
});

test('with the derivation that ships, two cards get keys of which none is like another', async () => {
  await lab.use({ tps: keyChangeover, tks: await makeMasterKey() });
  for (const name of ['one', 'other']) {
    const cuid = toHex((await desk.insertNew(0, { file: fileOf(name) })).cuid);
    await desk.mustOperate('format', { person });
    expect(await hasOwnKeys()).toBe(true);
    expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED', keyInfo: '0201' });
  }
  await desk.mustOperate('enroll', { person, pin });
  await desk.remove();
  const [one, other] = [readCard('one'), readCard('other')];
  expect([one.keyVersion, other.keyVersion]).toEqual([2, 2]);
  expect(new Set([...Object.values(one.keys), ...Object.values(other.keys)]).size).toBe(6);
});
