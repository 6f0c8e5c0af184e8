/** What a real TPS refuses: each time the right sentence, and a card that works afterwards. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { setTokenStatus } from '../support/dogtag/agent.js';
import { Desk, type OperationOptions } from '../support/dogtag/desk.js';
import { register, remove, type Person } from '../support/dogtag/directory.js';
import { lab, urls } from '../support/dogtag/lab.js';
import { appletSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { activities, certificateRecords, tokenRecord } from '../support/dogtag/records.js';
import type { Report } from '../support/escctl/escctl.js';

const pin = 'Refused.5';
/** Never comes to be: it is of the operations that are refused. */
const otherPin = 'Never.66';
/** END_OP codes of what the TPS refuses without a note of it. */
const passedOver: readonly (number | string)[] = [1, 27, 34, 41];

let desk: Desk;
let person: Person;
let cuid: string;

async function openDesk(settings?: Parameters<typeof lab.use>[0]): Promise<void> {
  await lab.use(settings);
  desk = await Desk.open();
}

async function insertFormatted(): Promise<void> {
  person = await lab.newPerson();
  cuid = toHex((await desk.insertNew()).cuid);
  await desk.mustOperate('format', { person });
}

/**
 * What the program says of an operation that the server or the program itself refuses before the card was changed.
 * The server notes among the card's activities what it refuses, as far as it does. To others the card is afterwards
 * what it was before; where it is enrolled, it still signs with its PIN.
 */
async function refusal(
  operation: 'enroll' | 'format' | 'reset-password',
  options: Partial<OperationOptions> = {},
): Promise<Report> {
  const before = await activities(cuid);
  const applet = await appletSeen(desk);
  const secret = operation === 'format' ? {} : { pin: otherPin };
  const result = await desk.operate(operation, { person, ...secret, ...options });
  const report = result.report();
  expect(report, result.stdout).toMatchObject({ outcome: 'failed', cardTouched: false });
  const { serverCode = '' } = report.facts ?? {};
  const isNoted = serverCode !== '' && !passedOver.includes(serverCode);
  const noted = (await activities(cuid)).slice(before.length).map(activity => activity.result);
  expect([...new Set(noted)], result.stdout).toEqual(isNoted ? ['failure'] : []);
  expect(await appletSeen(desk), result.stdout).toEqual(applet);
  if (applet?.lifeCycle === '0F') await expectToSign();
  return report;
}

const refused = (result: string, message: string): object => ({ message, facts: { result } });
const notNow = refused(
  'END_OP 26 DISABLED_TOKEN',
  'The server does not allow this operation with this card as it is.',
);
/** The advice of it, which is to format the card, does not help who wants just that. */
const notFormatted = {
  ...notNow,
  next: 'Ask your help desk to set the card free: it may have been suspended, ended, or reported lost or damaged.',
};
const notResettable = refused(
  'END_OP 27 NOT_PIN_RESETABLE',
  'The server does not allow the password of this card to be reset.',
);

/** Of an enrolled card that an agent has reported or ended. */
async function expectNothingDone(): Promise<void> {
  expect(await refusal('reset-password')).toMatchObject(notResettable);
  expect(await refusal('enroll')).toMatchObject(notNow);
  expect(await refusal('format')).toMatchObject(notFormatted);
}

/** The card is as a format left it, and can be enrolled. */
async function expectFormatted(): Promise<void> {
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '07' });
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED' });
  expect(await certificateRecords(cuid)).toEqual([]);
  await desk.mustOperate('enroll', { person, pin });
  await expectEnrolled();
}

async function expectToSign(): Promise<void> {
  for (const token of pkcs11Tokens(desk, person))
    expect(await token.signAndVerify(pin)).toContain('Verified OK');
}

async function expectEnrolled(): Promise<void> {
  expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '0F' });
  await expectToSign();
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', user: person.user });
}

/** One active card for each user, formats without login, card passwords of 6 to 9, profiles for known cards alone. */
describe('a strict TPS', () => {
  beforeAll(() =>
    openDesk({
      tps: {
        'tokendb.nonExternalReg.allowMultiActiveTokensUser': 'false',
        'op.format.userKey.auth.enable': 'false',
        'op.enroll.userKey.pinReset.pin.minLen': '6',
        'op.enroll.userKey.pinReset.pin.maxLen': '9',
        'mappingResolver.enrollProfileMappingResolver.mapping.order': '0,1',
      },
    }),
  );
  afterAll(() => desk.close());
  beforeEach(insertFormatted);

  test('a wrong password and an unknown user', async () => {
    for (const stranger of [
      { ...person, password: 'not this' },
      { ...person, user: 'nobody-known' },
    ])
      expect(await refusal('enroll', { person: stranger })).toMatchObject({
        code: 'login-refused',
        message: 'The user name or password was not accepted.',
        facts: { result: 'END_OP 14 LOGIN' },
      });
    await expectFormatted();
  });

  test('a card password that is too short, and one that is too long', async () => {
    for (const unsuitable of ['abcde', 'abcdefghij'])
      expect(await refusal('enroll', { pin: unsuitable })).toMatchObject({
        code: 'pin-unsuitable',
        message: 'The new card password cannot be used: it must have 6–9 characters.',
      });
    await expectFormatted();
  });

  test('a second card of a user who has an active one', async () => {
    await desk.mustOperate('enroll', { person, pin });
    const user = person;
    await insertFormatted();
    expect(await refusal('enroll', { person: user })).toMatchObject(
      refused(
        'END_OP 34 HAS_AT_LEAST_ONE_ACTIVE_TOKEN',
        'You already have an active card; only one is allowed.',
      ),
    );
    await expectFormatted();
  });

  test('a password reset of a card that was never enrolled', async () => {
    expect(await refusal('reset-password')).toMatchObject({
      code: 'unsuitable-card',
      message: 'Only an enrolled card has a password to reset.',
    });
    await expectFormatted();
  });

  test('a password reset of a card that the server does not know', async () => {
    await desk.mustOperate('enroll', { person, pin });
    for (const { entry } of await certificateRecords(cuid)) await remove(entry);
    const token = await tokenRecord(cuid);
    if (token === undefined) throw new Error('the server does not know the card at all');
    await remove(token.entry);
    expect(await refusal('reset-password')).toMatchObject(
      refused('END_OP 1 ERROR_SNAC', 'The server had an internal error with this card.'),
    );
    expect(await tokenRecord(cuid)).toBeUndefined();
    await desk.mustOperate('format', { person });
    await expectFormatted();
  });

  test('a suspended card', async () => {
    await desk.mustOperate('enroll', { person, pin });
    await setTokenStatus(cuid, 'SUSPENDED');
    await expectNothingDone();
    expect(await tokenRecord(cuid)).toMatchObject({ status: 'SUSPENDED' });
    await setTokenStatus(cuid, 'ACTIVE');
    await desk.mustOperate('reset-password', { person, pin });
    await expectEnrolled();
  });

  test.each(['DAMAGED', 'PERM_LOST'] as const)('a card that was reported %s', async status => {
    await desk.mustOperate('enroll', { person, pin });
    await setTokenStatus(cuid, status);
    await expectNothingDone();
    expect(await tokenRecord(cuid)).toMatchObject({ status });
  });

  test('a terminated card, until it is given free', async () => {
    await desk.mustOperate('enroll', { person, pin });
    await setTokenStatus(cuid, 'TERMINATED');
    await expectNothingDone();
    const statuses = (await certificateRecords(cuid)).map(({ status }) => status);
    expect(statuses).toEqual(['revoked', 'revoked']);
    await setTokenStatus(cuid, 'UNFORMATTED');
    await desk.mustOperate('format', { person });
    await desk.mustOperate('enroll', { person, pin });
    await expectEnrolled();
  });

  test('a format without login, where the server allows it', async () => {
    const result = await desk.escctl(['format', '--json', '--tps', urls.tps, '--ca', desk.caFile]);
    expect(result.report(), result.stdout).toMatchObject({ outcome: 'done' });
    expect((await activities(cuid)).at(-1)).toMatchObject({ operation: 'format', result: 'success' });
    await expectFormatted();
  });

  test('a profile that does not exist', async () => {
    expect(await refusal('enroll', { args: ['--token-type', 'noSuchProfile'] })).toMatchObject(
      refused('END_OP 18 MISCONFIGURATION', 'The server is not set up for this card or operation.'),
    );
    await expectFormatted();
  });
});

describe('as it ships', () => {
  afterEach(() => desk.close());

  test('a profile that does not exist is taken for the one for all others', async () => {
    await openDesk();
    await insertFormatted();
    await desk.mustOperate('enroll', { person, pin, args: ['--token-type', 'noSuchProfile'] });
    await expectEnrolled();
    expect(await tokenRecord(cuid)).toMatchObject({ type: 'userKey' });
  });

  test('external registration: a user without a profile is enrolled, and gets no certificate', async () => {
    await openDesk({ tps: { 'externalReg.enable': 'true' } });
    await insertFormatted();
    await desk.mustOperate('enroll', { person, pin });
    expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '0F' });
    expect((await desk.escctl(['certificates', '--json'])).json()).toEqual([]);
    expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', type: 'externalRegAddToToken' });
    expect(await certificateRecords(cuid)).toEqual([]);
  });
});

describe('external registration, no profile but one’s own', () => {
  beforeAll(() => openDesk({ tps: { 'externalReg.enable': 'true', 'externalReg.default.tokenType': '' } }));
  afterAll(() => desk.close());

  test('a user without a profile, and one who is registered for another card', async () => {
    person = await lab.newPerson();
    cuid = toHex((await desk.insertNew()).cuid);
    const noProfile = {
      ...refused(
        'END_OP 41 UPDATE_TOKENDB_FAILED',
        'The state of the card could not be changed on the server.',
      ),
      next: 'Try again. If it happens again, ask your help desk: you may not be registered there for a card.',
    };
    expect(await refusal('format')).toMatchObject(noProfile);
    await register(person, { tokenType: 'userKey', tokenCUID: '40906145C76299999999' });
    await desk.mustOperate('format', { person });
    expect(await refusal('enroll')).toMatchObject(
      refused('END_OP 43 NOT_TOKEN_OWNER', 'The card belongs to someone else.'),
    );
    await register(person, { tokenType: 'userKey', tokenCUID: cuid });
    await desk.mustOperate('format', { person });
    await expectFormatted();
  });
});
