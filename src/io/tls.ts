import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import { UntrustedServer, type ShownCertificate } from '../base/untrusted-server.js';
import { showable } from '../card/text.js';
import type { ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import { gioCall } from './network-call.js';
import { messageOf } from './network-failure.js';

/** Whom this program trusts beside the certification authorities of the system. */
export interface Trust {
  /** May issue certificates for any server. */
  readonly issuers: readonly Gio.TlsCertificate[];
  /** Each of a server, for itself alone. */
  readonly servers: readonly Gio.TlsCertificate[];
}

export const noTrust: Trust = { issuers: [], servers: [] };

/**
 * Certificates that are trusted beside the system's.
 * @param pem any number of certificates (RFC 7468); text between them is ignored.
 * @throws Failure `tls-error` when one cannot be read, or there is none.
 */
export function readTrustAnchors(pem: string): Gio.TlsCertificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) throw new Failure('tls-error', 'the extra trust anchors hold no certificate');
  try {
    return blocks.map(block => Gio.TlsCertificate.new_from_pem(block, -1));
  } catch (error) {
    throw new Failure(
      'tls-error',
      `an extra trust anchor cannot be read: ${messageOf(error)}`,
      {},
      { cause: error },
    );
  }
}

/**
 * Speaks TLS on a connection. The server's certificate has to lead to one of the system's trust anchors or of
 * those given, be valid now and name the server.
 * @throws Failure `tls-error` for a certificate that does not, as judgeCertificate; GLib.Error for all else.
 */
export async function startTls(
  connection: Gio.IOStream,
  server: ServerAddress,
  trust: Trust,
  cancellable: Gio.Cancellable,
): Promise<Gio.TlsClientConnection> {
  const tls = Gio.TlsClientConnection.new(connection, identityOf(server));
  // The messages within say themselves where they end, so an end without notice is harmless.
  tls.require_close_notify = false;
  let refused: Failure | undefined;
  const handler = tls.connect('accept-certificate', (_tls, certificate, errors) => {
    refused = judgeCertificate(certificate, errors, server, trust);
    return refused === undefined;
  });
  try {
    await gioCall(
      done => tls.handshake_async(GLib.PRIORITY_DEFAULT, cancellable, done),
      result => tls.handshake_finish(result),
    );
  } catch (error) {
    throw refused ?? error;
  } finally {
    tls.disconnect(handler);
  }
  const stale = judgePeer(tls.peer_certificate, tls.peer_certificate_errors, server, trust);
  if (stale !== undefined) throw stale;
  return tls;
}

/**
 * What is to be done with a certificate that leads to none of the system's trust anchors, or has another fault.
 * @param errors what is wrong with it in the eyes of the system
 * @returns undefined when it is good by what is trusted; else Failure `tls-error`, naming who and why:
 *   an UntrustedServer where it would be good if its issuer, or it itself, were trusted.
 */
export function judgeCertificate(
  certificate: Gio.TlsCertificate,
  errors: Gio.TlsCertificateFlags,
  server: ServerAddress,
  trust: Trust,
): Failure | undefined {
  const identity = identityOf(server);
  const itself = trust.servers.filter(trusted => certificate.is_same(trusted));
  const remaining = [...trust.issuers, ...itself].map(anchor => certificate.verify(identity, anchor));
  const fewest = [...remaining, errors].reduce((a, b) => (countBits(b) < countBits(a) ? b : a));
  if (fewest === Gio.TlsCertificateFlags.NO_FLAGS) return undefined;
  const top = topOf(certificate);
  const { NO_FLAGS, UNKNOWN_CA } = Gio.TlsCertificateFlags;
  const curable = errors === UNKNOWN_CA && certificate.verify(identity, top) === NO_FLAGS;
  return certificateFailure(certificate, fewest, server, curable ? top : undefined);
}

/**
 * The same for the certificate of a connection that stands: TLS takes up a session that was accepted once without
 * another look, though what is trusted may have changed since.
 */
export function judgePeer(
  certificate: Gio.TlsCertificate | null,
  errors: Gio.TlsCertificateFlags,
  server: ServerAddress,
  trust: Trust,
): Failure | undefined {
  if (certificate === null || errors === Gio.TlsCertificateFlags.NO_FLAGS) return undefined;
  return judgeCertificate(certificate, errors, server, trust);
}

/** The facts of a certificate that a person decides by; names in it cannot forge lines. */
export function shownCertificate(certificate: Gio.TlsCertificate): ShownCertificate {
  // The types do not know that a backend may leave these out.
  const facts: Partial<Gio.TlsCertificate> = certificate;
  const der = new GLib.Bytes(certificate.certificate);
  const digest = GLib.compute_checksum_for_bytes(GLib.ChecksumType.SHA256, der) ?? '';
  return {
    subject: showable(facts.subject_name ?? ''),
    issuer: showable(facts.issuer_name ?? ''),
    notAfter: facts.not_valid_after?.format_iso8601() ?? '',
    sha256: fingerprintText(digest.toUpperCase()),
    pem: certificate.certificate_pem,
  };
}

/** Pairs of digits with colons between them, as browsers show a fingerprint. */
export function fingerprintText(digits: string): string {
  return digits.replace(/..(?=.)/g, '$&:');
}

function identityOf({ host, port, scheme }: ServerAddress): Gio.NetworkAddress {
  return new Gio.NetworkAddress({ hostname: host, port, scheme });
}

/** The last of the chain that the server sent. */
function topOf(certificate: Gio.TlsCertificate): Gio.TlsCertificate {
  const issuer = certificate.get_issuer();
  return issuer === null ? certificate : topOf(issuer);
}

const flagWords: readonly (readonly [Gio.TlsCertificateFlags, string, string])[] = [
  [Gio.TlsCertificateFlags.UNKNOWN_CA, 'UNKNOWN_CA', 'nobody who is trusted here issued it'],
  [Gio.TlsCertificateFlags.BAD_IDENTITY, 'BAD_IDENTITY', 'it is for another name'],
  [Gio.TlsCertificateFlags.NOT_ACTIVATED, 'NOT_ACTIVATED', 'it is not valid yet'],
  [Gio.TlsCertificateFlags.EXPIRED, 'EXPIRED', 'it has expired'],
  [Gio.TlsCertificateFlags.REVOKED, 'REVOKED', 'it was revoked'],
  [Gio.TlsCertificateFlags.INSECURE, 'INSECURE', 'its signature or key is too weak'],
  [Gio.TlsCertificateFlags.GENERIC_ERROR, 'GENERIC_ERROR', 'it could not be verified'],
];

/** @param top what would have to be trusted, where that is all that is wrong. */
function certificateFailure(
  certificate: Gio.TlsCertificate,
  errors: Gio.TlsCertificateFlags,
  server: ServerAddress,
  top: Gio.TlsCertificate | undefined,
): Failure {
  const reasons = flagWords.filter(([flag]) => (errors & flag) !== 0);
  const shown = shownCertificate(certificate);
  const names = `${shown.subject || 'no subject'}, issued by ${shown.issuer || 'no issuer'}`;
  const why = reasons.map(([, , words]) => words).join('; ');
  const detail = `the certificate of ${serverName(server)} is refused: ${why} (${names}, valid until ${shown.notAfter || 'no date'})`;
  const issuer = top === undefined || top === certificate ? undefined : shownCertificate(top);
  const facts = {
    server: serverName(server),
    result: reasons.map(([, name]) => name).join(' '),
    serverFingerprint: shown.sha256,
    ...(issuer === undefined ? {} : { issuerFingerprint: issuer.sha256 }),
  };
  return top === undefined
    ? new Failure('tls-error', detail, facts)
    : new UntrustedServer(detail, facts, shown, issuer);
}

function countBits(flags: number): number {
  let count = 0;
  for (let rest = flags; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
