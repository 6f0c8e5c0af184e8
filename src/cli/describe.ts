import { toHex } from '../base/bytes.js';
import type { KeyInfo } from '../card/card-report.js';
import type { CertificateInfo } from '../card/certificate.js';
import { showable } from '../card/text.js';
import { columnsOf, padTo } from '../io/columns.js';
import { _ } from '../io/text.js';
import { keyAloneText, keyOf, keyTypeText, keyUseText, useText } from '../tokens/key-words.js';
import { explainInline } from '../tokens/sentences.js';
import type { Token } from '../tokens/token.js';

/** A card as `list --json` and `info --json` print it. Names and values are stable. */
export interface TokenJson {
  readonly reader: string;
  readonly cuid: string;
  readonly atr: string;
  readonly status: string;
  readonly unfinished: boolean;
  readonly issuer: string;
  readonly issuedTo: string;
  readonly isCoolKey: boolean;
  readonly kind: string;
  /** Why the card cannot be read: a failure code; null when it can. */
  readonly problem: string | null;
}

export function tokenJson(token: Token): TokenJson {
  return {
    reader: token.reader,
    cuid: token.cuid,
    atr: token.atrText,
    status: token.status,
    unfinished: token.unfinished,
    issuer: token.issuer,
    issuedTo: token.issuedTo,
    isCoolKey: token.isCoolKey,
    kind: token.summary?.kind ?? 'unreadable',
    problem: token.known.kind === 'unreadable' ? token.known.failure.code : null,
  };
}

export function infoJson(token: Token): object {
  const { summary, contents } = token;
  return {
    ...tokenJson(token),
    appletVersion: summary?.appletVersion ?? null,
    lifeCycle: summary?.lifeCycle ?? null,
    phoneHomeUrl: summary?.issuerUrl ?? null,
    tokenName: contents?.tokenName ?? null,
    certificates: certificatesJson(token),
    keys: (contents?.keys ?? []).map(({ certificate, ...key }) =>
      certificate === undefined ? key : { ...key, certificate: certificate.sha256 },
    ),
  };
}

export function certificatesJson(token: Token): object[] {
  return (token.contents?.certificates ?? []).map(certificate => ({
    label: certificate.label,
    subject: certificate.subject.text,
    issuer: certificate.issuer.text,
    serialNumber: toHex(certificate.serialNumber),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    keyUsage: certificate.keyUsage,
    extendedKeyUsage: certificate.extendedKeyUsage,
    key: certificate.key,
    sha256: certificate.sha256,
    pem: certificate.pem,
  }));
}

/** Columns of equal width, the last one as long as it is; empty where no card is in. */
export function listText(tokens: readonly Token[]): string {
  if (tokens.length === 0) return '';
  const rows = [
    [_('READER'), _('CUID'), _('STATUS'), _('ISSUED TO'), _('ISSUER')],
    ...tokens.map(token => [
      showable(token.reader),
      token.cuid || '-',
      token.unfinished ? `${token.status} (${_('unfinished')})` : token.status,
      token.issuedTo || '-',
      token.issuer || '-',
    ]),
  ];
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => columnsOf(row[column] ?? ''))));
  return rows
    .map(row =>
      row
        .map((cell, column) => padTo(widths[column] ?? 0, cell))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function infoText(token: Token): string {
  const { summary, contents, known } = token;
  const lines: (readonly [string, string])[] = [
    [_('Reader'), showable(token.reader)],
    [_('CUID'), token.cuid],
    [_('ATR'), token.atrText],
    [_('Status'), token.status],
    [_('Unfinished'), token.unfinished ? _('yes: format, then enroll') : ''],
    [_('CoolKey'), token.isCoolKey ? _('yes') : _('no')],
    [_('Applet version'), summary?.appletVersion ?? ''],
    [_('Phone Home URL'), summary?.issuerUrl ?? ''],
    [_('Issuer'), token.issuer],
    [_('Issued to'), token.issuedTo],
    [_('Token name'), contents?.tokenName ?? ''],
    [_('Problem'), known.kind === 'unreadable' ? explainInline(known.failure) : ''],
  ];
  const shown = lines.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => columnsOf(name)));
  const facts = shown.map(([name, value]) => `${padTo(width, name)}  ${value}`).join('\n');
  const certificates = certificatesText(token);
  return certificates === '' ? facts : `${facts}\n\n${certificates}`;
}

export function certificatesText({ contents }: Token): string {
  const { certificates = [], keys = [] } = contents ?? {};
  const alone = keys.filter(({ certificate }) => certificate === undefined);
  return [
    ...certificates.map(certificate => certificateText(certificate, keys)),
    ...alone.map(key => `${keyAloneText(key)}\n  ${keyUseText(key.uses)}, ${keyTypeText(key)}`),
  ].join('\n\n');
}

function certificateText(certificate: CertificateInfo, keys: readonly KeyInfo[]): string {
  const key = keyOf(certificate, keys);
  return [
    certificate.label,
    `  ${_('Subject')}: ${certificate.subject.text}`,
    `  ${_('Issuer')}: ${certificate.issuer.text}`,
    `  ${_('Serial number')}: ${toHex(certificate.serialNumber)}`,
    `  ${_('Valid')}: ${certificate.notBefore.toISOString()} – ${certificate.notAfter.toISOString()}`,
    `  ${_('Key')}: ${useText(certificate, keys)}, ${keyTypeText(certificate.key)}`,
    `  ${_('Number on the card')}: ${key?.number ?? _('The card has no key for it')}`,
    `  ${_('Key usage')}: ${certificate.keyUsage.join(', ')}`,
    `  ${_('Extended key usage')}: ${certificate.extendedKeyUsage.join(', ') || _('any')}`,
    `  SHA-256: ${certificate.sha256}`,
  ].join('\n');
}
