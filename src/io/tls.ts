import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import type { ServerAddress } from '../protocol/ports.js';
import { gioCall } from './network-call.js';
import { formatServer, messageOf } from './network-failure.js';

/**
 * Certificates of certification authorities that are trusted beside the system's.
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
 * @throws Failure `tls-error` for a certificate that does not, naming who and why; GLib.Error for all else.
 */
export async function startTls(
  connection: Gio.IOStream,
  server: ServerAddress,
  anchors: readonly Gio.TlsCertificate[],
  cancellable: Gio.Cancellable,
): Promise<Gio.TlsClientConnection> {
  const identity = new Gio.NetworkAddress({
    hostname: server.host,
    port: server.port,
    scheme: server.scheme,
  });
  const tls = Gio.TlsClientConnection.new(connection, identity);
  // The messages within say themselves where they end, so an end without notice is harmless.
  tls.require_close_notify = false;
  let refused: Failure | undefined;
  const handler = tls.connect('accept-certificate', (_tls, certificate, errors) => {
    refused = judgeCertificate(certificate, errors, server, anchors);
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
  return tls;
}

/**
 * What is to be done with a certificate that leads to none of the system's trust anchors, or has another fault.
 * @param errors what is wrong with it in the eyes of the system
 * @returns undefined when it is good by one of the anchors; else Failure `tls-error`, naming who and why.
 */
export function judgeCertificate(
  certificate: Gio.TlsCertificate,
  errors: Gio.TlsCertificateFlags,
  server: ServerAddress,
  anchors: readonly Gio.TlsCertificate[],
): Failure | undefined {
  const identity = new Gio.NetworkAddress({
    hostname: server.host,
    port: server.port,
    scheme: server.scheme,
  });
  const remaining = anchors.map(anchor => certificate.verify(identity, anchor));
  const fewest = [...remaining, errors].reduce((a, b) => (countBits(b) < countBits(a) ? b : a));
  return fewest === Gio.TlsCertificateFlags.NO_FLAGS
    ? undefined
    : certificateFailure(certificate, fewest, server);
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

function certificateFailure(
  certificate: Gio.TlsCertificate,
  errors: Gio.TlsCertificateFlags,
  server: ServerAddress,
): Failure {
  const reasons = flagWords.filter(([flag]) => (errors & flag) !== 0);
  // The types do not know that a backend may leave these out.
  const facts: Partial<Gio.TlsCertificate> = certificate;
  const names = `${facts.subject_name ?? 'no subject'}, issued by ${facts.issuer_name ?? 'no issuer'}`;
  const end = facts.not_valid_after?.format_iso8601() ?? 'no date';
  const why = reasons.map(([, , words]) => words).join('; ');
  return new Failure(
    'tls-error',
    `the certificate of ${formatServer(server)} is refused: ${why} (${names}, valid until ${end})`,
    { server: formatServer(server), result: reasons.map(([, name]) => name).join(' ') },
  );
}

function countBits(flags: number): number {
  let count = 0;
  for (let rest = flags; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
