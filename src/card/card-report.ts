import { toHex } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import { modulusBits, parseCertificate } from './certificate.js';
import type { CertificateInfo, PublicKeyInfo } from './certificate.js';
import type { CardChannel } from './channel.js';
import { CoolKeyApplet, lifeCycles } from './coolkey.js';
import type { AppletStatus, LifeCycle } from './coolkey.js';
import {
  combinedObjectId,
  isSeparateObject,
  readCombinedHeader,
  readCombinedObject,
  readSeparateObjects,
} from './coolkey-objects.js';
import { readCplc } from './cplc.js';
import { contentFailure, noting, tolerate } from './notes.js';
import type { CardNote } from './notes.js';
import { cacSlots, pivSlots, selectCac, selectPiv } from './piv.js';
import type { CertificateSlot } from './piv.js';
import type { KeyUse, StoredObject } from './stored-object.js';

export type { CardNote } from './notes.js';

/**
 * `coolkey` has the CoolKey applet. `blank` is a GlobalPlatform card without it. `piv` and `cac` come from
 * other systems: read only. `unknown` is none of them.
 */
export type CardKind = 'coolkey' | 'blank' | 'piv' | 'cac' | 'unknown';

/** The words of the ESC guide. A PIV or CAC card counts as ENROLLED, an unknown one as NO_APPLET. */
export type CardStatus = 'NO_APPLET' | 'UNINITIALIZED' | 'ENROLLED';

/** The first look at a card: what it is and what may be done with it. */
export interface CardSummary {
  readonly kind: CardKind;
  readonly status: CardStatus;
  /** A card that TPS can format and enroll, with the applet or without it yet. */
  readonly isCoolKey: boolean;
  /**
   * An operation did not come to its end: the life cycle is not 0F although a PIN, keys or objects exist,
   * or it is 0F although no certificates can be read. A format repairs it.
   */
  readonly unfinished: boolean;
  /** 10 bytes; absent where the card gives no CPLC data. */
  readonly cuid?: Uint8Array;
  /** Such as 1.1. */
  readonly protocolVersion?: string;
  /** As TPS writes it, such as 1.4.58768072. */
  readonly appletVersion?: string;
  /** 8 lower-case hexadecimal digits. */
  readonly buildId?: string;
  /** Such as 0x0F. */
  readonly lifeCycle?: number;
  /** Bytes. */
  readonly totalMemory?: number;
  readonly freeMemory?: number;
  /** The Phone Home URL. */
  readonly issuerUrl?: string;
}

/** A private key of the card. */
export interface KeyInfo {
  /** The slot number on a CoolKey card, the key reference on a PIV card. */
  readonly number: number;
  readonly kind: PublicKeyInfo['kind'];
  /** 0 where it is not known. */
  readonly bits: number;
  readonly uses: readonly KeyUse[];
}

/** What is on the card. */
export interface CardContents {
  /** What PKCS#11 programs call the card; empty for PIV and CAC. */
  readonly tokenName: string;
  /** Whom it was issued to; empty where it does not say. */
  readonly issuedTo: string;
  /** The organisation that issued it; empty where it does not say. */
  readonly issuer: string;
  readonly certificates: readonly CertificateInfo[];
  readonly keys: readonly KeyInfo[];
  /** As of the summary, and now certain: everything was read. */
  readonly unfinished: boolean;
  readonly notes: readonly CardNote[];
}

/**
 * Finds out what the card is, in 6 to 10 short commands. The caller holds a transaction.
 * What the card refuses or garbles is left out.
 * @throws Failure of the channel, such as `card-removed`
 */
export async function readCard(channel: CardChannel): Promise<CardSummary> {
  const cplc = await tolerate(readCplc(channel));
  const cuid = cplc === undefined ? {} : { cuid: cplc.cuid };
  const applet = await CoolKeyApplet.select(channel);
  if (applet !== undefined) {
    const summary = await readApplet(applet);
    if (summary !== undefined) return { ...summary, ...cuid };
  }
  const foreign = { isCoolKey: false, unfinished: false, ...cuid };
  if (await selectPiv(channel)) return { kind: 'piv', status: 'ENROLLED', ...foreign };
  // A card that takes every SELECT tells nothing by taking another.
  const indiscriminate = applet !== undefined;
  if (!indiscriminate && (await selectCac(channel))) return { kind: 'cac', status: 'ENROLLED', ...foreign };
  if (!indiscriminate && cplc !== undefined)
    return { kind: 'blank', status: 'NO_APPLET', ...foreign, isCoolKey: true };
  return { kind: 'unknown', status: 'NO_APPLET', ...foreign };
}

/** @returns undefined when nothing answers as the applet would. */
async function readApplet(applet: CoolKeyApplet): Promise<CardSummary | undefined> {
  const lifeCycle = await tolerate(applet.lifeCycle());
  const buildId = await tolerate(applet.buildId());
  const status = await tolerate(applet.status());
  if (lifeCycle === undefined && buildId === undefined && status === undefined) return undefined;
  const issuerUrl = await tolerate(applet.issuerUrl());
  const enrolled = lifeCycle?.state === lifeCycles.personalized;
  const version = [status?.appletVersion, buildId].filter(part => part !== undefined).join('.');
  const protocolVersion = lifeCycle?.protocolVersion ?? status?.protocolVersion;
  return {
    kind: 'coolkey',
    status: enrolled ? 'ENROLLED' : 'UNINITIALIZED',
    isCoolKey: true,
    unfinished: enrolled ? !(await looksReadable(applet)) : await isInUse(applet, lifeCycle, status),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(version === '' ? {} : { appletVersion: version }),
    ...(buildId === undefined ? {} : { buildId }),
    ...(lifeCycle === undefined ? {} : { lifeCycle: lifeCycle.state }),
    ...(status === undefined ? {} : { totalMemory: status.totalMemory, freeMemory: status.freeMemory }),
    ...(issuerUrl === undefined ? {} : { issuerUrl }),
  };
}

/** Whether a card that is not personalized has anything that only an enrolment puts there. */
async function isInUse(
  applet: CoolKeyApplet,
  lifeCycle: LifeCycle | undefined,
  status: AppletStatus | undefined,
): Promise<boolean> {
  if (lifeCycle?.pinEnabled === true) return true;
  const pins = status?.pins ?? ((await tolerate(applet.pinMask())) ?? 0) & 1;
  const keys = status?.keys ?? (await tolerate(applet.listKeys()))?.length ?? 0;
  if (pins > 0 || keys > 0) return true;
  const objects = await tolerate(applet.listObjects(1));
  return objects !== undefined && objects.length > 0;
}

/**
 * Whether the certificates of a personalized card can be read, found out with as little reading as possible.
 * TPS creates the combined object anew and full of zeros, and writes it from front to back, so the check sum
 * at the end of its compressed data tells that all of it is there. readContents reads and checks everything.
 */
async function looksReadable(applet: CoolKeyApplet): Promise<boolean> {
  try {
    const header = await readCombinedHeader(applet);
    if (header === undefined) return (await applet.listObjects()).some(isSeparateObject);
    const end = header.dataOffset + header.dataSize;
    if (header.compression === 'zlib' && header.dataSize > 4) {
      const checkSum = await applet.readObject(combinedObjectId, end - 4, 4);
      if (checkSum?.some(byte => byte !== 0) === true) return true;
    }
    const combined = await readCombinedObject(applet);
    return combined?.problems.length === 0;
  } catch (error) {
    contentFailure(error);
    return false;
  }
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
      keys.push({ number, kind: certificate.key.kind, bits: certificate.key.bits, uses });
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
      const known = certificates.get(id)?.key;
      const bits = known?.bits ?? (modulus === undefined ? 0 : modulusBits(modulus));
      return { number: slotNumber(name), kind: known?.kind ?? keyType ?? 'other', bits, uses };
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

/** The first certificate that is no CA's names the owner, and the organisation that issued it. */
function namesOf(certificates: readonly CertificateInfo[]): Pick<CardContents, 'issuedTo' | 'issuer'> {
  const own = certificates.find(({ isCa }) => !isCa);
  const owner = own?.subject.commonName ?? own?.subject.userId ?? '';
  const telling = owner.length > 3 && !owner.includes('CoolKey');
  return {
    issuedTo: telling ? owner : '',
    issuer: own?.issuer.organization ?? own?.subject.organization ?? '',
  };
}
