import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import type { FailureCode } from '../base/failure.js';
import type { ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';

const ioCodes = new Map<number, readonly [FailureCode, string]>([
  [Gio.IOErrorEnum.CANCELLED, ['cancelled', 'CANCELLED']],
  [Gio.IOErrorEnum.HOST_NOT_FOUND, ['host-not-found', 'HOST_NOT_FOUND']],
  [Gio.IOErrorEnum.CONNECTION_REFUSED, ['connection-refused', 'CONNECTION_REFUSED']],
  [Gio.IOErrorEnum.CONNECTION_CLOSED, ['server-closed', 'CONNECTION_CLOSED']],
  [Gio.IOErrorEnum.PARTIAL_INPUT, ['server-closed', 'PARTIAL_INPUT']],
  [Gio.IOErrorEnum.HOST_UNREACHABLE, ['network-error', 'HOST_UNREACHABLE']],
  [Gio.IOErrorEnum.NETWORK_UNREACHABLE, ['network-error', 'NETWORK_UNREACHABLE']],
  [Gio.IOErrorEnum.TIMED_OUT, ['network-error', 'TIMED_OUT']],
  [Gio.IOErrorEnum.PROXY_FAILED, ['network-error', 'PROXY_FAILED']],
  [Gio.IOErrorEnum.PROXY_AUTH_FAILED, ['network-error', 'PROXY_AUTH_FAILED']],
  [Gio.IOErrorEnum.PROXY_NEED_AUTH, ['network-error', 'PROXY_NEED_AUTH']],
  [Gio.IOErrorEnum.PROXY_NOT_ALLOWED, ['network-error', 'PROXY_NOT_ALLOWED']],
]);

const resolverResults: Readonly<Record<number, string>> = {
  [Gio.ResolverError.NOT_FOUND]: 'NOT_FOUND',
  [Gio.ResolverError.TEMPORARY_FAILURE]: 'TEMPORARY_FAILURE',
  [Gio.ResolverError.INTERNAL]: 'INTERNAL',
};

const tlsResults: Readonly<Record<number, string>> = {
  [Gio.TlsError.UNAVAILABLE]: 'UNAVAILABLE',
  [Gio.TlsError.MISC]: 'MISC',
  [Gio.TlsError.BAD_CERTIFICATE]: 'BAD_CERTIFICATE',
  [Gio.TlsError.NOT_TLS]: 'NOT_TLS',
  [Gio.TlsError.HANDSHAKE]: 'HANDSHAKE',
  [Gio.TlsError.CERTIFICATE_REQUIRED]: 'CERTIFICATE_REQUIRED',
  [Gio.TlsError.EOF]: 'EOF',
  [Gio.TlsError.INAPPROPRIATE_FALLBACK]: 'INAPPROPRIATE_FALLBACK',
  [Gio.TlsError.BAD_CERTIFICATE_PASSWORD]: 'BAD_CERTIFICATE_PASSWORD',
};

/** What Gio threw, as one of the program's failures: `cancelled` where the operation was stopped from here. */
export function networkFailure(error: unknown, server: ServerAddress): Failure {
  if (error instanceof Failure) return error;
  const [code, result] = classify(error);
  const facts = { server: serverName(server), ...(result === undefined ? {} : { result }) };
  return new Failure(code, messageOf(error), facts, { cause: error });
}

/** In GJS a GLib.Error is no Error. */
export function messageOf(error: unknown): string {
  return error instanceof GLib.Error || error instanceof Error ? error.message : String(error);
}

function classify(error: unknown): readonly [FailureCode, string?] {
  if (!(error instanceof GLib.Error)) return ['internal'];
  const number = error.code;
  if (error.domain === Gio.resolver_error_quark()) return ['host-not-found', resolverResults[number] ?? ''];
  if (error.domain === Gio.tls_error_quark()) return ['tls-error', tlsResults[number] ?? ''];
  if (error.domain === Gio.io_error_quark())
    return ioCodes.get(number) ?? ['network-error', `G_IO_ERROR ${number}`];
  return ['network-error'];
}
