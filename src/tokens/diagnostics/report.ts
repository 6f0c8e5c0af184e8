import type { FailureCode } from '../../base/failure.js';
import { toHex } from '../../base/bytes.js';
import { gjsVersion, pcscLiteVersion, type ToolkitVersions } from '../../io/versions.js';
import type { CertificateInfo, PublicKeyInfo } from '../../card/certificate.js';
import type { Installation } from '../model.js';
import type { Registry } from '../registry.js';
import type { Token } from '../token.js';
import { urlsOf, type CardUrls } from './urls.js';

/** Versions, as each project writes them; '' where one cannot be found out. */
export interface SoftwareVersions extends ToolkitVersions {
  readonly client: string;
  readonly gjs: string;
  readonly pcscLite: string;
}

export interface DiagnosedCertificate {
  readonly nickname: string;
  readonly subject: string;
  readonly issuer: string;
  /** Upper-case hexadecimal digits. */
  readonly serialNumber: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: string;
  readonly keyUsage: readonly string[];
  readonly sha256: string;
}

export interface DiagnosedCard extends CardUrls {
  readonly reader: string;
  readonly cuid: string;
  readonly appletVersion: string;
  /** The guide's word. */
  readonly status: string;
  readonly unfinished: boolean;
  readonly issuer: string;
  readonly atr: string;
  readonly isCoolKey: boolean;
  /** Why it cannot be read: a failure code; null when it can. */
  readonly problem: FailureCode | null;
  readonly certificates: readonly DiagnosedCertificate[];
}

/** All that helps to find out what is wrong, without a secret. Names and values are stable. */
export interface DiagnosticsReport {
  readonly software: SoftwareVersions;
  /** Why there is no way to the cards: a failure code; null when there is one. */
  readonly problem: FailureCode | null;
  readonly readers: readonly string[];
  readonly cards: readonly DiagnosedCard[];
}

export async function softwareVersions(
  { version, libexecdir }: Installation,
  toolkit: ToolkitVersions,
): Promise<SoftwareVersions> {
  const pcscLite = await pcscLiteVersion(`${libexecdir}/esc-pcsc`);
  return { client: version, gjs: gjsVersion(), ...toolkit, pcscLite };
}

/** What is known now; nothing is read or fetched for it. */
export function diagnose(
  software: SoftwareVersions,
  registry: Pick<Registry, 'state' | 'readers' | 'list'>,
): DiagnosticsReport {
  const { state, readers } = registry;
  return {
    software,
    problem: state.kind === 'unavailable' ? state.failure.code : null,
    readers: state.kind === 'running' ? readers.map(({ name }) => name) : [],
    cards: registry.list().map(token => diagnoseCard(token)),
  };
}

function diagnoseCard(token: Token): DiagnosedCard {
  const { reader, cuid, status, unfinished, issuer, atrText: atr, isCoolKey, known } = token;
  return {
    reader,
    cuid,
    appletVersion: token.summary?.appletVersion ?? '',
    status,
    unfinished,
    issuer,
    atr,
    isCoolKey,
    ...urlsOf(token),
    problem: known.kind === 'unreadable' ? known.failure.code : null,
    certificates: (token.contents?.certificates ?? []).map(diagnoseCertificate),
  };
}

function diagnoseCertificate(certificate: CertificateInfo): DiagnosedCertificate {
  const { label, subject, issuer, serialNumber, notBefore, notAfter, key, keyUsage, sha256 } = certificate;
  return {
    nickname: label,
    subject: subject.text,
    issuer: issuer.text,
    serialNumber: toHex(serialNumber),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    key: keyText(key),
    keyUsage,
    sha256,
  };
}

/** Such as RSA 2048 or EC P-256. */
function keyText({ kind, bits, curve }: PublicKeyInfo): string {
  return [kind.toUpperCase(), curve ?? (bits === 0 ? '' : String(bits))].join(' ').trimEnd();
}
