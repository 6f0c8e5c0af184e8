import type { CardChannel } from './channel.js';
import { CoolKeyApplet, lifeCycles } from './coolkey.js';
import type { AppletStatus, LifeCycle } from './coolkey.js';
import {
  combinedObjectId,
  isSeparateObject,
  readCombinedHeader,
  readCombinedObject,
} from './coolkey-objects.js';
import { readCplc } from './cplc.js';
import { contentFailure, tolerate } from './notes.js';
import { selectCac, selectPiv } from './piv.js';

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
