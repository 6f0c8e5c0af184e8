/** What the TPS, the CA and the KRA have written down, read past them from their directory. */
import type { X509Certificate } from 'node:crypto';
import { search } from './directory.js';
import type { Entry } from './ldif.js';

const tps = 'o=pki-tomcat-TPS';

/** What the TPS knows of a card. */
export interface TokenRecord {
  readonly user: string | undefined;
  /** Such as FORMATTED, ACTIVE, SUSPENDED, TERMINATED. */
  readonly status: string | undefined;
  readonly policy: string | undefined;
  readonly type: string | undefined;
  /** Versions of the card's keys, in hexadecimal digits. */
  readonly keyInfo: string | undefined;
  readonly entry: Entry;
}

/** A certificate that the TPS put on a card. */
export interface CertificateRecord {
  /** In hexadecimal digits. */
  readonly serial: string | undefined;
  /** `signing` or `encryption`. */
  readonly keyType: string | undefined;
  /** Such as active, revoked. */
  readonly status: string | undefined;
  readonly user: string | undefined;
  /** The CUID of the card that it was first put on. */
  readonly origin: string | undefined;
  readonly entry: Entry;
}

/** What happened to a card. */
export interface Activity {
  readonly operation: string | undefined;
  /** `success` or `failure`. */
  readonly result: string | undefined;
  readonly message: string | undefined;
  readonly user: string | undefined;
  readonly entry: Entry;
}

export async function tokenRecord(cuid: string): Promise<TokenRecord | undefined> {
  const [entry] = await search(`ou=Tokens,${tps}`, `(&(objectClass=tokenRecord)(cn=${cuid}))`);
  if (entry === undefined) return undefined;
  return {
    user: entry.text('tokenUserID'),
    status: entry.text('tokenStatus'),
    policy: entry.text('tokenPolicy'),
    type: entry.text('tokenType'),
    keyInfo: entry.text('keyInfo'),
    entry,
  };
}

/** Oldest first. */
export async function certificateRecords(cuid: string): Promise<CertificateRecord[]> {
  const entries = await search(`ou=Certificates,${tps}`, `(&(objectClass=tokenCert)(tokenID=${cuid}))`);
  return byNumber(entries, 'tokenSerial').map(entry => ({
    serial: entry.text('tokenSerial'),
    keyType: entry.text('tokenKeyType'),
    status: entry.text('tokenStatus'),
    user: entry.text('tokenUserID'),
    origin: entry.text('tokenOrigin'),
    entry,
  }));
}

/** Oldest first. */
export async function activities(cuid: string): Promise<Activity[]> {
  const entries = await search(`ou=Activities,${tps}`, `(&(objectClass=tokenActivity)(tokenID=${cuid}))`);
  // Their names begin with the time at which they were made.
  const inOrder = [...entries].sort((a, b) => ((a.text('cn') ?? '') < (b.text('cn') ?? '') ? -1 : 1));
  return inOrder.map(entry => ({
    operation: entry.text('tokenOp'),
    result: entry.text('tokenResult'),
    message: entry.text('tokenMsg'),
    user: entry.text('tokenUserID'),
    entry,
  }));
}

/** The private keys of a user that the KRA holds, oldest first; `publicKeyData` is a key's SubjectPublicKeyInfo. */
export async function archivedKeys(user: string): Promise<Entry[]> {
  const base = 'ou=keyRepository,ou=kra,o=pki-tomcat-KRA';
  return byNumber(await search(base, `(&(objectClass=keyRecord)(ownerName=*:${user}))`), 'cn');
}

/** What the CA says of a certificate that it has issued: such as VALID, REVOKED. */
export async function issuedStatus({ serialNumber }: X509Certificate): Promise<string | undefined> {
  const base = 'ou=certificateRepository,ou=ca,o=pki-tomcat-CA';
  const [entry] = await search(base, `(cn=${BigInt(`0x${serialNumber}`)})`);
  return entry?.text('certStatus');
}

/** Numbers are given in order: of certificates in hexadecimal digits with 0x, of keys in decimal ones. */
function byNumber(entries: readonly Entry[], attribute: string): Entry[] {
  return [...entries].sort((a, b) => Number(a.text(attribute)) - Number(b.text(attribute)));
}
