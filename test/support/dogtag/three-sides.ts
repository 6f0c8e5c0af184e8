/** What holds of a card on all three sides: what the program says, the card itself, and the TPS's directory. */
import type { X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { toHex } from '../../../src/base/bytes.js';
import type { VirtualCard } from '../../../demo/card/virtual-card.js';
import type { Desk } from './desk.js';
import type { Person } from './directory.js';
import { appletSeen, pkcs11Tokens } from './others.js';
import { activities, archivedKeys, certificateRecords, tokenRecord } from './records.js';

export interface Enrolled {
  readonly card: VirtualCard;
  readonly person: Person;
  readonly pin: string;
  readonly bits?: 1024 | 2048;
  readonly reader?: number;
}

/** The certificates of a card. */
export interface Certificates {
  readonly signing: X509Certificate;
  readonly encryption: X509Certificate;
}

/** As the program shows the card. */
async function statusShown(desk: Desk, reader: number): Promise<string> {
  const info = await desk.escctl(['info', '--json', '--reader', desk.reader(reader)]);
  return (info.json() as { status: string }).status;
}

/** An enrolled card whose keys both work, of which the encryption key is archived. */
export async function expectEnrolled(
  desk: Desk,
  { card, person, pin, bits = 1024, reader = 0 }: Enrolled,
): Promise<Certificates> {
  expect(await statusShown(desk, reader)).toBe('ENROLLED');

  expect(await appletSeen(desk, reader)).toMatchObject({ lifeCycle: '0F' });
  for (const token of pkcs11Tokens(desk, person)) {
    expect(await token.signAndVerify(pin)).toContain('Verified OK');
    expect(await token.encryptAndDecrypt(pin, 'what was encrypted')).toBe('what was encrypted');
  }
  const [openSc] = pkcs11Tokens(desk, person);
  if (openSc === undefined) throw new Error('no PKCS #11 module');
  const certificates = {
    signing: await openSc.certificate('01'),
    encryption: await openSc.certificate('02'),
  };
  for (const { subject, publicKey } of Object.values(certificates)) {
    expect(subject).toContain(`UID=${person.user}`);
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(bits);
  }

  const cuid = toHex(card.cuid);
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', user: person.user });
  expect((await activities(cuid)).at(-1)).toMatchObject({ result: 'success', user: person.user });
  const active = (await certificateRecords(cuid)).filter(({ status }) => status === 'active');
  const serials = new Map(active.map(({ keyType, serial }) => [keyType, BigInt(serial ?? 0)]));
  expect(serials).toEqual(
    new Map(
      Object.entries(certificates).map(([type, { serialNumber }]) => [type, BigInt(`0x${serialNumber}`)]),
    ),
  );
  const archived = (await archivedKeys(person.user)).at(-1)?.bytes('publicKeyData')?.toString('hex');
  expect(archived).toBe(
    certificates.encryption.publicKey.export({ format: 'der', type: 'spki' }).toString('hex'),
  );
  return certificates;
}

/** A formatted card, on which nothing is but the applet. */
export async function expectFormatted(desk: Desk, card: VirtualCard, reader = 0): Promise<void> {
  expect(await statusShown(desk, reader)).toBe('UNINITIALIZED');
  expect(await appletSeen(desk, reader)).toMatchObject({ lifeCycle: '07' });
  const cuid = toHex(card.cuid);
  expect(await tokenRecord(cuid)).toMatchObject({ status: 'FORMATTED' });
  expect((await activities(cuid)).at(-1)).toMatchObject({ operation: 'format', result: 'success' });
  expect((await certificateRecords(cuid)).filter(({ status }) => status === 'active')).toEqual([]);
}
