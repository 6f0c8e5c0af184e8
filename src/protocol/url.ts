import { Failure, type FailureReason } from '../base/failure.js';
import type { ServerAddress } from './ports.js';

/** Where a TPS listens for operations. */
export interface TpsUrl {
  readonly server: ServerAddress;
  /** From the first slash on, with a query if there is one. */
  readonly path: string;
}

const defaultPorts = { http: 80, https: 443 } as const;

/**
 * Reads an absolute http or https URL (RFC 3986) of a name, an IPv4 address or an IPv6 address in brackets.
 * A fragment is dropped, since servers never see it.
 * @throws Failure `bad-url` with a reason that says what is wrong.
 */
export function parseTpsUrl(text: string): TpsUrl {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(text.trim());
  const scheme = match?.[1]?.toLowerCase();
  if (match === null || (scheme !== 'http' && scheme !== 'https'))
    throw bad('url-scheme', 'it does not begin with http:// or https://');
  const [, , authority = '', rest = ''] = match;
  if (authority.includes('@')) throw bad('url-login', 'a user name or password may not be in it');
  if (!/^[!-~]*$/.test(rest))
    throw bad('url-path', 'the path has a space or another character that is not allowed');
  const { host, port } = splitAuthority(authority);
  return {
    server: { scheme, host: checkedHost(host), port: port === '' ? defaultPorts[scheme] : checkedPort(port) },
    path: rest.startsWith('/') ? rest : `/${rest}`,
  };
}

/** The URL as text, without a port that the scheme implies. */
export function formatTpsUrl({ server, path }: TpsUrl): string {
  return `${server.scheme}://${hostField(server)}${path}`;
}

/** As in the Host field of HTTP: the port only where the scheme does not imply it. */
export function hostField(server: ServerAddress): string {
  return server.port === defaultPorts[server.scheme] ? bracketed(server.host) : serverName(server);
}

/** Host and port, as failures and dialogs name a server. */
export function serverName(server: ServerAddress): string {
  return `${bracketed(server.host)}:${server.port}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function splitAuthority(authority: string): { readonly host: string; readonly port: string } {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(authority);
  if (match === null)
    throw bad('url-brackets', 'an IPv6 address needs brackets, as in http://[2001:db8::1]:8080');
  return { host: match[1] ?? '', port: match[2] ?? '' };
}

function checkedPort(port: string): number {
  const number = /^\d{1,5}$/.test(port) ? Number.parseInt(port, 10) : 0;
  if (number < 1 || number > 0xffff) throw bad('url-port', 'the port is not a number from 1 to 65535');
  return number;
}

function checkedHost(host: string): string {
  if (host === '') throw bad('url-no-name', 'the name of the server is missing');
  if (host.startsWith('[')) {
    const address = host.slice(1, -1).toLowerCase();
    if (!isIPv6(address)) throw bad('url-ipv6', 'the IPv6 address is not valid');
    return address;
  }
  if (/^[\d.]+$/.test(host)) {
    if (!isIPv4(host)) throw bad('url-ipv4', 'the IPv4 address is not valid');
    return host;
  }
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  const labels = host.replace(/\.$/, '').split('.');
  if (host.length > 253 || !labels.every(part => label.test(part)))
    throw bad(
      'url-name',
      'the name of the server has a character that is not allowed, or a part of wrong length',
    );
  return host.toLowerCase();
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

/** RFC 4291 §2.2: eight groups, `::` for one or more of zero, the last two perhaps as IPv4. */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const parts = halves.map(half => (half === '' ? [] : half.split(':')));
  const all = parts.flat();
  const last = all.at(-1) ?? '';
  const mixed = last.includes('.');
  const groups = mixed ? all.slice(0, -1) : all;
  if (mixed && (!isIPv4(last) || text.endsWith('::'))) return false;
  if (!groups.every(group => /^[0-9a-f]{1,4}$/.test(group))) return false;
  const length = groups.length + (mixed ? 2 : 0);
  return halves.length === 2 ? length <= 7 : length === 8;
}

function bad(reason: FailureReason, detail: string): Failure {
  return new Failure('bad-url', detail, { reason });
}
