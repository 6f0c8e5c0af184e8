import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import type Soup from 'gi://Soup';
import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import type { ServerAddress } from '../protocol/ports.js';
import { formatTpsUrl, parseTpsUrl, serverName, type TpsUrl } from '../protocol/url.js';
import { withDeadline } from './deadline.js';
import { idle } from './idle.js';
import { gioCall } from './network-call.js';
import { readAll } from './read-all.js';
import { networkFailure } from './network-failure.js';
import { judgeCertificate, judgePeer, noTrust, type Trust } from './tls.js';

export interface DocumentOptions {
  /** Bytes: what is longer is not read. */
  readonly limit: number;
  readonly userAgent: string;
  /** Milliseconds for all of it, redirects included; 15 s unless given. */
  readonly timeout?: number;
  /** Whom to trust beside the system's certification authorities. */
  readonly trust?: Trust;
}

const defaultTimeout = 15_000;
const mostRedirects = 5;

/**
 * GETs a document by http or https, over the desktop's proxy. Redirects are followed, but not from https to http.
 * @throws Failure `bad-url`; `host-not-found`, `connection-refused`, `network-error`, `server-closed`; `tls-error` with
 *   who and why; `http-status` unless it is 200; `bad-redirect`; `protocol-violation` for what is no HTTP; `document-too-big`;
 *   `server-silent` when the time is over; `cancelled`
 */
export async function fetchDocument(
  url: string,
  options: DocumentOptions,
  cancellation: Cancellation,
): Promise<Uint8Array> {
  cancellation.throwIfCancelled();
  const { timeout = defaultTimeout } = options;
  let place = parseTpsUrl(url);
  const work = async (cancellable: Gio.Cancellable): Promise<Uint8Array> => {
    // What is to be drawn goes first.
    await idle();
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await get(place, options, cancellable);
      if (answer instanceof Uint8Array) return answer;
      place = answer;
    }
    throw new Failure('bad-redirect', `it leads on and on, more than ${mostRedirects} times`, {
      reason: 'redirects-without-end',
      server: serverName(place.server),
    });
  };
  return withDeadline(timeout, cancellation, work, (error, tooLate) =>
    tooLate ? timeOut(place.server, timeout) : failureOf(error, place.server),
  );
}

function timeOut(server: ServerAddress, milliseconds: number): Failure {
  return new Failure('server-silent', `no whole answer within ${milliseconds / 1000} s`, {
    server: serverName(server),
    result: 'TIMED_OUT',
  });
}

/** @returns the document, or where it is said to be. */
async function get(
  place: TpsUrl,
  { limit, userAgent, trust = noTrust }: DocumentOptions,
  cancellable: Gio.Cancellable,
): Promise<Uint8Array | TpsUrl> {
  const { Message, MessageFlags, Session } = soup();
  const message = Message.new('GET', formatTpsUrl(place)) as Soup.Message | null;
  if (message === null) throw new Failure('bad-url', 'it cannot be understood');
  // One for each: a connection with an answer that nobody reads to its end counts as busy.
  const session = new Session({ user_agent: userAgent });
  message.add_flags(MessageFlags.NO_REDIRECT);
  let refused: Failure | undefined;
  message.connect('accept-certificate', (_message, certificate, errors) => {
    refused = judgeCertificate(certificate, errors, place.server, trust);
    return refused === undefined;
  });
  let body: Gio.InputStream;
  try {
    body = await gioCall(
      done => session.send_async(message, GLib.PRIORITY_DEFAULT, cancellable, done),
      result => session.send_finish(result),
    );
  } catch (error) {
    throw refused ?? error;
  }
  try {
    const { tls_peer_certificate: peer, tls_peer_certificate_errors: errors, status_code: status } = message;
    const stale = judgePeer(peer, errors, place.server, trust);
    if (stale !== undefined) throw stale;
    const location = message.get_response_headers().get_one('Location');
    if (status >= 300 && status < 400 && location !== null) return redirected(place, location);
    if (status !== 200)
      throw new Failure('http-status', `HTTP ${status}`, {
        server: serverName(place.server),
        result: `HTTP ${status}`,
      });
    const tooLong = (): Failure =>
      new Failure('document-too-big', `it has more than ${limit / 1024} KiB`, {
        server: serverName(place.server),
      });
    return await readAll(body, limit, tooLong, cancellable);
  } finally {
    // What is left of the answer is of no interest; the connection goes with the session.
    session.abort();
  }
}

/** @throws Failure `bad-redirect` for a place that may not be followed. */
function redirected(from: TpsUrl, location: string): TpsUrl {
  const facts = { server: serverName(from.server) };
  let place: TpsUrl;
  try {
    place = parseTpsUrl(GLib.Uri.resolve_relative(formatTpsUrl(from), location, GLib.UriFlags.ENCODED));
  } catch (error) {
    const detail = 'that is no http or https address';
    throw new Failure('bad-redirect', detail, { ...facts, reason: 'redirect-elsewhere' }, { cause: error });
  }
  if (from.server.scheme === 'https' && place.server.scheme === 'http')
    throw new Failure('bad-redirect', 'that is http, which nothing protects, after https', {
      ...facts,
      reason: 'redirect-unprotected',
    });
  return place;
}

function failureOf(error: unknown, server: ServerAddress): Failure {
  if (error instanceof GLib.Error && error.domain === soup().SessionError.quark())
    return new Failure('protocol-violation', error.message, { server: serverName(server) }, { cause: error });
  return networkFailure(error, server);
}

/** Loaded at once when it is first needed: a program may end at any moment, which GJS 1.74 survives this way only. */
function soup(): typeof Soup {
  const { gi } = imports;
  gi.versions.Soup = '3.0';
  return gi.Soup;
}
