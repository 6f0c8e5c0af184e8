/** Cards of SCP02 and SCP03 with the applet that is made for them, and keys on elliptic curves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.js';
import type { ChannelProtocol } from '../../demo/card/session.js';
import type { VirtualCard } from '../../demo/card/virtual-card.js';
import { Desk } from '../support/dogtag/desk.js';
import { lab } from '../support/dogtag/lab.js';
import { keyChangeover, makeMasterKey, quickDerivation } from '../support/dogtag/master-key.js';
import { appletSeen, initializeUpdateSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { activities, archivedKeys, certificateRecords, tokenRecord } from '../support/dogtag/records.js';
import { expectEnrolled } from '../support/dogtag/three-sides.js';

const pin = 'Channel-3';
const build = '558CDCFF';

const applet = Object.fromEntries(
  ['format', 'enroll'].flatMap(operation =>
    [2, 3].map(protocol => [
      `op.${operation}.userKey.update.applet.requiredVersion.prot.${protocol}`,
      '1.5.558cdcff',
    ]),
  ),
);
/** Cards come with AES keys as they are; those of the master key, which is of 3DES, are derived for each card. */
const scp03Keys = {
  'tks.defKeySet.prot3.diversVer1Keys': 'none',
  'tks.defKeySet.prot3.devKeyType': 'AES',
  'tks.defKeySet.prot3.divers': 'emv',
  'tks.defKeySet.prot3.masterKeyType': 'DES3',
};

let desk: Desk;

beforeAll(async () => {
  const tks = { ...(await makeMasterKey()), ...quickDerivation, ...scp03Keys };
  // The first test wants a TKS that has just been started; this option, which nobody reads, sees to it.
  const started = { 'esc.started': new Date().toISOString() };
  await lab.use({ tps: { ...keyChangeover, ...applet }, tks: { ...tks, ...started } });
  desk = await Desk.open();
});
afterAll(() => desk.close());

function insert(secureChannel: ChannelProtocol): Promise<VirtualCard> {
  return desk.insertNew(0, { secureChannel, build });
}

/** Version of the keys and number of the protocol, as the card tells them: four hexadecimal digits. */
async function keysSeen(): Promise<string> {
  return toHex((await initializeUpdateSeen(desk, fromHex('0102030405060708'))).slice(10, 12));
}

async function leadFullLife(secureChannel: ChannelProtocol, number: string): Promise<void> {
  const person = await lab.newPerson();
  const cuid = toHex((await insert(secureChannel)).cuid);
  expect(await keysSeen()).toBe(`01${number}`);
  await desk.mustOperate('format', { person });
  expect(await keysSeen()).toBe(`02${number}`);
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED' });
  expect((await tokenRecord(cuid))?.entry.text('tokenAppletID')).toBe('1.5.558cdcff');
  await desk.mustOperate('enroll', { person, pin: 'Before-98' });
  await desk.mustOperate('reset-password', { person, pin });
  for (const token of pkcs11Tokens(desk, person)) {
    expect(await token.signAndVerify(pin)).toContain('Verified OK');
    expect(await token.encryptAndDecrypt(pin, secureChannel)).toBe(secureChannel);
  }
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', user: person.user });
  expect(await certificateRecords(cuid)).toHaveLength(2);
  await desk.mustOperate('format', { person });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await activities(cuid)).toContainEqual(
    expect.objectContaining({ operation: 'key_changeover', result: 'success' }),
  );
}

test('SCP02: while the TKS has seen no other card since its start, a card is formatted and its enrolment is refused', async () => {
  const person = await lab.newPerson();
  const cuid = toHex((await insert('SCP02')).cuid);
  await desk.mustOperate('format', { person });
  const refused = await desk.operate('enroll', { person, pin });
  expect(refused.report(), refused.stdout).toMatchObject({
    outcome: 'failed',
    message: 'The certificates could not be put on the card.',
    next: 'Format the card, then enroll it again.',
    facts: { result: 'END_OP 7 MAC_ENROLL_PDU' },
    card: { status: 'UNINITIALIZED', unfinished: true },
  });
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await certificateRecords(cuid)).toEqual([]);
  await desk.mustOperate('format', { person });
});

test('SCP03: a card gets keys of its own, is enrolled with applet 1.5, gets a new password and is formatted', () =>
  leadFullLife('SCP03', '03'));

test('SCP02 with a TKS that has seen another card: the same', () => leadFullLife('SCP02', '02'));

test('SCP02 and SCP03: cards are refused where no applet is named for their protocol, and enrolled when one is', async () => {
  const tks = scp03Keys;
  await lab.use({ tks });
  const person = await lab.newPerson();
  const cards = [];
  for (const protocol of ['SCP03', 'SCP02'] as const) {
    const card = await insert(protocol);
    cards.push(card);
    for (const operation of ['format', 'enroll'] as const) {
      const secrets = operation === 'format' ? { person } : { person, pin };
      const refused = await desk.operate(operation, secrets);
      expect(refused.report(), refused.stdout).toMatchObject({
        outcome: 'failed',
        message: 'The server is not set up for this card or operation.',
        next: 'Give the details to your help desk.',
        facts: { result: 'END_OP 18 MISCONFIGURATION' },
        cardTouched: false,
        card: { status: 'NO_APPLET' },
      });
    }
    expect(await appletSeen(desk)).toBeUndefined();
    expect(await tokenRecord(toHex(card.cuid))).toMatchObject({ status: 'UNFORMATTED' });
    expect(await certificateRecords(toHex(card.cuid))).toEqual([]);
  }
  await lab.use({ tps: applet, tks });
  for (const card of cards) {
    await desk.insert(card);
    await desk.mustOperate('format', { person });
    await desk.mustOperate('enroll', { person, pin });
    await expectEnrolled(desk, { card, person, pin });
  }
});

test('keys on elliptic curves: the TPS has the card make one and cannot read it; enrolled with RSA the card works', async () => {
  const ecSigning = {
    'op.enroll.userKey.keyGen.signing.alg': '5',
    'op.enroll.userKey.keyGen.signing.keySize': '256',
  };
  const tks = scp03Keys;
  await lab.use({ tps: { ...applet, ...ecSigning }, tks });
  const person = await lab.newPerson();
  const cuid = toHex((await insert('SCP03')).cuid);
  await desk.mustOperate('format', { person });
  const refused = await desk.operate('enroll', { person, pin });
  expect(refused.report(), refused.stdout).toMatchObject({
    outcome: 'failed',
    message: 'The certificates could not be put on the card.',
    facts: { result: 'END_OP 7 MAC_ENROLL_PDU' },
    card: { status: 'UNINITIALIZED' },
  });
  expect(lab.log()).toContain('parsePublicKeyBlob: parsedPubKey null');
  expect(await certificateRecords(cuid)).toEqual([]);

  await lab.use({ tps: applet, tks });
  await desk.mustOperate('format', { person });
  await desk.mustOperate('enroll', { person, pin });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE' });
});

test('keys on elliptic curves that the KRA makes and archives: the TPS cannot read them', async () => {
  const ecEncryption = {
    'op.enroll.userKey.keyGen.encryption.alg': '5',
    'op.enroll.userKey.keyGen.encryption.keySize': '256',
  };
  await lab.use({ tps: ecEncryption });
  const person = await lab.newPerson();
  const cuid = toHex((await insert('SCP01')).cuid);
  await desk.mustOperate('format', { person });
  const refused = await desk.operate('enroll', { person, pin });
  expect(refused.report(), refused.stdout).toMatchObject({
    outcome: 'failed',
    message: 'The certificates could not be put on the card.',
    facts: { result: 'END_OP 7 MAC_ENROLL_PDU' },
  });
  expect(lab.log()).toContain('create public key object from server side key generated public key blob');
  expect(await archivedKeys(person.user)).toHaveLength(1);
  expect(await certificateRecords(cuid)).toEqual([]);
});
