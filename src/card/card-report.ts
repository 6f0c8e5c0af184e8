import { toHex } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { modulusBits, parseCertificate } from './certificate.js';
import type { CertificateInfo, PublicKeyInfo } from './certificate.js';
import type { CardChannel } from './channel.js';
import type { CardSummary } from './card-summary.js';
import { CoolKeyApplet } from './coolkey.js';
import { readCombinedObject, readSeparateObjects } from './coolkey-objects.js';
import { contentFailure, noting } from './notes.js';
import type { CardNote } from './notes.js';
import { cacSlots, pivSlots, selectPiv } from './piv.js';
import type { CertificateSlot } from './piv.js';
import type { KeyUse, StoredObject } from './stored-object.js';

export { readCard } from './card-summary.js';
export type { CardKind, CardStatus, CardSummary } from './card-summary.js';
export type { CardNote } from './notes.js';

/** A private key of the card. */
export interface KeyInfo {
  /** The slot number on a CoolKey card, the key reference on a PIV card. */
  readonly number: number;
  readonly kind: PublicKeyInfo['kind'];
  /** 0 where it is not known. */
  readonly bits: number;
  readonly uses: readonly KeyUse[];
  /** The one that belongs to it. */
  readonly certificate?: CertificateInfo;
}

/** What is on the card. */
export interface CardContents {
  /** What PKCS#11 programs call the card; empty for PIV and CAC. */
  readonly tokenName: string;
  /** Whom it was issued to; empty where it does not say. */
  readonly issuedTo: string;
  /** The organization that issued it; empty where it does not say. */
  readonly issuer: string;
  readonly certificates: readonly CertificateInfo[];
  readonly keys: readonly KeyInfo[];
  /** As of the summary, and now certain: everything was read. */
  readonly unfinished: boolean;
  readonly notes: readonly CardNote[];
}

/**
 * Reads names, certificates and keys of a card of which readCard told the kind. The caller holds a transaction.
 * What is broken is left out and noted.
 * @throws Failure `card-refused` when the card is no longer what it was; those of the channel
 */
export async function readContents(channel: CardChannel, summary: CardSummary): Promise<CardContents> {
  switch (summary.kind) {
    case 'coolkey':
      return readCoolKey(channel, summary);
    case 'piv':
      if (!(await selectPiv(channel))) throw gone('PIV application');
      return readSlots(channel, pivSlots);
    case 'cac':
      return readSlots(channel, cacSlots);
    default:
      return {
        tokenName: '',
        issuedTo: '',
        issuer: '',
        certificates: [],
        keys: [],
        unfinished: false,
        notes: [],
      };
  }
}

function gone(what: string): Failure {
  return new Failure('card-refused', `the ${what} is no longer on the card`, { step: 'SELECT' });
}

async function readSlots(channel: CardChannel, slots: readonly CertificateSlot[]): Promise<CardContents> {
  const certificates: CertificateInfo[] = [];
  const keys: KeyInfo[] = [];
  const notes: CardNote[] = [];
  for (const { label, number, uses, read } of slots) {
    try {
      const der = await read(channel);
      if (der === undefined) continue;
      const certificate = parseCertificate(der, label);
      certificates.push(certificate);
      const { kind, bits } = certificate.key;
      keys.push({ number, kind, bits, uses, certificate });
    } catch (error) {
      notes.push({ part: 'certificate', name: label, failure: contentFailure(error) });
    }
  }
  return { tokenName: '', ...namesOf(certificates), certificates, keys, unfinished: false, notes };
}

async function readCoolKey(channel: CardChannel, summary: CardSummary): Promise<CardContents> {
  const applet = await CoolKeyApplet.select(channel);
  if (applet === undefined) throw gone('CoolKey applet');
  const notes: CardNote[] = [];
  const combined = await noting(notes, 'combined-object', () => readCombinedObject(applet));
  for (const failure of combined?.problems ?? [])
    notes.push({ part: 'combined-object', name: 'z0', failure });
  const whole = combined ?? (notes.length > 0 ? undefined : await readSeparateObjects(applet, notes));

  const certificates: CertificateInfo[] = [];
  const byId = new Map<string, CertificateInfo>();
  for (const { name, id, label, value, objectClass } of whole?.objects ?? []) {
    if (objectClass !== 'certificate' || value === undefined) continue;
    const certificate = await noting(notes, 'certificate', () => parseCertificate(value, label), name);
    if (certificate === undefined) continue;
    certificates.push(certificate);
    byId.set(id, certificate);
  }
  const keys = await readKeys(applet, whole?.objects ?? [], byId, notes);
  const lost = combined === undefined ? certificates.length === 0 : combined.problems.length > 0;
  return {
    tokenName: combined?.tokenName || fallbackName(certificates, summary.cuid),
    ...namesOf(certificates),
    certificates,
    keys,
    unfinished: summary.status === 'ENROLLED' ? lost : summary.unfinished,
    notes,
  };
}

/** The private keys, with what the certificates and, where that is not enough, the applet's own list tell of them. */
async function readKeys(
  applet: CoolKeyApplet,
  objects: readonly StoredObject[],
  certificates: ReadonlyMap<string, CertificateInfo>,
  notes: CardNote[],
): Promise<KeyInfo[]> {
  const keys = objects
    .filter(({ objectClass }) => objectClass === 'private-key')
    .map(({ name, id, keyType, modulus, uses }): KeyInfo => {
      const certificate = certificates.get(id);
      const known = certificate?.key;
      const bits = known?.bits ?? (modulus === undefined ? 0 : modulusBits(modulus));
      const key = { number: slotNumber(name), kind: known?.kind ?? keyType ?? 'other', bits, uses };
      return certificate === undefined ? key : { ...key, certificate };
    });
  if (keys.length > 0 && keys.every(({ bits }) => bits > 0)) return keys;
  const slots = (await noting(notes, 'keys', () => applet.listKeys())) ?? [];
  const privateSlots = slots.filter(({ part }) => part === 'private');
  if (keys.length === 0)
    return privateSlots.map(({ number, bits }) => ({ number, kind: 'rsa', bits, uses: [] }));
  return keys.map(key => {
    const slot = privateSlots.find(({ number }) => number === key.number);
    return key.bits > 0 || slot === undefined ? key : { ...key, kind: 'rsa', bits: slot.bits };
  });
}

/** k2 is the key in slot 2, kA in slot 10, ka in slot 36. */
function slotNumber(name: string): number {
  return '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(name.charAt(1));
}

function fallbackName(certificates: readonly CertificateInfo[], cuid: Uint8Array | undefined): string {
  const [first] = certificates;
  if (first !== undefined) return `CoolKey for ${first.label}`;
  return cuid === undefined ? 'CoolKey' : `CoolKey ${toHex(cuid.subarray(6)).toLowerCase()}`;
}

/** The first certificate that is no CA's names the owner, and the organization that issued it. */
function namesOf(certificates: readonly CertificateInfo[]): Pick<CardContents, 'issuedTo' | 'issuer'> {
  const own = certificates.find(({ isCa }) => !isCa);
  const owner = own?.subject.commonName ?? own?.subject.userId ?? '';
  const telling = owner.length > 3 && !owner.includes('CoolKey');
  return {
    issuedTo: telling ? owner : '',
    issuer: own?.issuer.organization ?? own?.subject.organization ?? '',
  };
}
