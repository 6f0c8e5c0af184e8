/** Over TLS alone: whom the program trusts, where the card leads, and keys of 2048 bit. */
import { X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import type { VirtualCard } from '../../demo/card/virtual-card.js';
import { Desk } from '../support/dogtag/desk.js';
import type { Person } from '../support/dogtag/directory.js';
import { lab, urls } from '../support/dogtag/lab.js';
import { runInMachine } from '../support/dogtag/machine.js';
import { host, httpPort, httpsPort } from '../support/dogtag/names.js';
import { appletSeen } from '../support/dogtag/others.js';
import { activities, tokenRecord } from '../support/dogtag/records.js';
import { tool } from '../support/pkcs11/token.js';
import { largeKeys, type LabSettings } from '../support/dogtag/settings.js';
import { expectEnrolled, expectFormatted } from '../support/dogtag/three-sides.js';

const pin = 'First-471';

const overTls = {
  'op.format.userKey.issuerinfo.value': urls.phoneHome,
  'op.enroll.userKey.issuerinfo.value': urls.phoneHome,
};

/** Whether the server speaks a version of TLS, as openssl says. */
async function speaks(version: '1.2' | '1.3'): Promise<boolean> {
  const option = `-tls${version.replace('.', '_')}`;
  const command = `echo | openssl s_client -connect ${host}:${httpsPort} ${option} 2>&1 || true`;
  return (await runInMachine(['sh', '-c', command])).includes(`New, TLSv${version}`);
}

describe.each(['1.2', '1.3'] as const)('TLS %s alone', tls => {
  const settings: LabSettings = { tls, operation: urls.tps, tps: { ...overTls, ...largeKeys } };
  let desk: Desk;
  let person: Person;
  let card: VirtualCard;

  beforeAll(async () => {
    await lab.use(settings);
    desk = await Desk.open();
    person = await lab.newPerson();
    card = await desk.insertNew();
  });
  afterAll(() => desk.close());

  test('the server speaks it, and not the other', async () => {
    expect(await speaks(tls)).toBe(true);
    expect(await speaks(tls === '1.2' ? '1.3' : '1.2')).toBe(false);
  });

  test('a formatted card leads to the server by Phone Home, and is enrolled with keys of 2048 bit', async () => {
    await desk.mustOperate('format', { person });
    await expectFormatted(desk, card);
    expect(await appletSeen(desk)).toMatchObject({ issuer: urls.phoneHome });
    await desk.mustOperate('enroll', { person, pin, tps: '' });
    await expectEnrolled(desk, { card, person, pin, bits: 2048 });
    const known = await desk.escctl(['phone-home', 'show', '--json', '--reader', desk.reader()]);
    expect(known.json()).toMatchObject({ url: urls.phoneHome, source: 'card', tpsUrl: urls.tps });
  });
});

describe('the server’s CA', () => {
  let desk: Desk;
  let person: Person;
  let card: VirtualCard;
  let ca: X509Certificate;

  beforeAll(async () => {
    await lab.use({ tls: '1.3', operation: urls.tps, tps: { ...overTls, ...largeKeys } });
    desk = await Desk.open();
    person = await lab.newPerson();
    card = await desk.insertNew();
    ca = new X509Certificate(await lab.ca());
  });
  beforeEach(() => desk.set({}));
  afterAll(() => desk.close());

  /** With no other trust than these words say. */
  const format = (...args: readonly string[]): ReturnType<Desk['escctl']> =>
    desk.escctl(
      [
        ...['format', '--json', '--reader', desk.reader(), '--tps', urls.tps, ...args],
        ...['--user', person.user, '--password-file=-'],
      ],
      { input: `${person.password}\n` },
    );

  test('unknown: refused, and the fingerprint of the issuer shown', async () => {
    const result = await format();
    expect(result.status).toBe(5);
    expect(result.report()).toMatchObject({
      code: 'tls-error',
      cardTouched: false,
      facts: { result: 'UNKNOWN_CA', issuerFingerprint: ca.fingerprint256 },
    });
    expect(await appletSeen(desk)).toBeUndefined();
    expect(await tokenRecord(toHex(card.cuid))).toBeUndefined();
  });

  test('given in a file: the card is formatted', async () => {
    const result = await format('--ca', desk.caFile);
    expect(result.report(), result.stdout).toMatchObject({ outcome: 'done' });
    await expectFormatted(desk, card);
  });

  test('trusted after it was shown: from then on the card is formatted', async () => {
    const shown = await desk.escctl(['trust-server', urls.tps, '--json', '--yes']);
    expect(shown.status, shown.stdout).toBe(0);
    expect(shown.stdout).toContain(ca.fingerprint256);
    const result = await format();
    expect(result.report(), result.stdout).toMatchObject({ outcome: 'done' });
    await expectFormatted(desk, card);
  });

  test('fetched from where the card leads: its fingerprint shown, and by it the card is formatted', async () => {
    // Phone Home speaks TLS as well.
    await desk.escctl(['trust-server', urls.tps, '--yes']);
    const profile = join(desk.folder, 'profile');
    const certutil = (...args: readonly string[]): Promise<string> =>
      tool(desk.environment, 'certutil', ...args, '-d', `sql:${profile}`);
    mkdirSync(profile);
    await certutil('-N', '--empty-password');
    const trust = (...args: readonly string[]): ReturnType<Desk['escctl']> =>
      desk.escctl(['trust', '--json', '--reader', desk.reader(), '--folder', profile, ...args]);
    const listed = await trust('--list');
    expect(listed.json(), listed.stderr).toMatchObject({
      from: `http://${host}:${httpPort}/ca/ee/ca/getCAChain?op=downloadBIN`,
      chain: [{ sha256: ca.fingerprint256.replaceAll(':', ''), isTop: true, faults: [] }],
      profiles: [{ present: false }],
    });
    const trusted = await trust('--yes');
    expect(trusted.status, trusted.stdout).toBe(0);

    desk.set({});
    const fetched = join(desk.folder, 'fetched.pem');
    writeFileSync(fetched, await certutil('-L', '-n', 'CA Signing Certificate - EXAMPLE', '-a'));
    const result = await format('--ca', fetched);
    expect(result.report(), result.stdout).toMatchObject({ outcome: 'done' });
    await expectFormatted(desk, card);
  });

  test('known, but the host goes by another name: refused', async () => {
    const before = await activities(toHex(card.cuid));
    const result = await desk.operate('format', { person, tps: `https://localhost:${httpsPort}/tps/tps` });
    expect(result.status).toBe(5);
    expect(result.report(), result.stdout).toMatchObject({
      code: 'tls-error',
      cardTouched: false,
      facts: { result: 'BAD_IDENTITY' },
    });
    await expectFormatted(desk, card);
    expect(await activities(toHex(card.cuid))).toEqual(before);
  });
});
