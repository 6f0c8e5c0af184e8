import type { FailureCode } from '../../base/failure.js';
import { _ } from '../../io/text.js';
import { advice } from './advice.js';
import type { Entry } from './entry.js';

/** 51xx: names and ways; 5300 to 5599: 5000 and the status of HTTP; 61xx: certificates; 62xx: TLS itself. */
export const networkEntries: readonly (Entry & { readonly code: FailureCode })[] = [
  {
    code: 'host-not-found',
    number: 5101,
    name: 'NOT_FOUND',
    what: () => _('There is no server of the name {server}.'),
    next: () => _('Check the address of the server.'),
  },
  {
    code: 'host-not-found',
    number: 5102,
    name: 'TEMPORARY_FAILURE',
    what: () => _('The address of {server} could not be looked up: the name service does not answer.'),
    next: advice.network,
  },
  {
    code: 'host-not-found',
    number: 5103,
    name: 'INTERNAL',
    what: () => _('The address of {server} could not be looked up: the name service failed.'),
    next: advice.network,
  },
  {
    code: 'network-error',
    number: 5104,
    name: 'HOST_UNREACHABLE',
    what: () => _('There is no way to {server} on the network.'),
    next: advice.network,
  },
  {
    code: 'network-error',
    number: 5105,
    name: 'NETWORK_UNREACHABLE',
    what: () => _('The network of {server} cannot be reached.'),
    next: advice.network,
  },
  {
    code: 'network-error',
    number: 5106,
    name: 'TIMED_OUT',
    what: () => _('{server} did not answer in time.'),
    next: () => _('Check the address and your network connection: a firewall may be in the way.'),
  },
  {
    code: 'network-error',
    number: 5107,
    name: 'PROXY_FAILED',
    what: () => _('The proxy on the way to {server} failed.'),
    next: advice.proxy,
  },
  {
    code: 'network-error',
    number: 5108,
    name: 'PROXY_AUTH_FAILED',
    what: () => _('The proxy on the way to {server} did not accept the login.'),
    next: advice.proxy,
  },
  {
    code: 'network-error',
    number: 5109,
    name: 'PROXY_NEED_AUTH',
    what: () => _('The proxy on the way to {server} asks for a login.'),
    next: advice.proxy,
  },
  {
    code: 'network-error',
    number: 5110,
    name: 'PROXY_NOT_ALLOWED',
    what: () => _('The proxy does not let you reach {server}.'),
    next: advice.proxy,
  },
  ...[
    { status: 400, what: () => _('{server} does not understand the request.'), next: advice.askForAddress },
    { status: 401, what: () => _('{server} asks for a login of its own.'), next: advice.askForAddress },
    { status: 403, what: () => _('{server} does not let you in at this address.'), next: advice.helpDesk },
    { status: 404, what: () => _('{server} has nothing at this address.'), next: advice.askForAddress },
    { status: 407, what: () => _('The proxy on the way to {server} asks for a login.'), next: advice.proxy },
    { status: 500, what: () => _('{server} had an internal error.'), next: advice.again },
    { status: 502, what: () => _('The server behind {server} does not answer.'), next: advice.later },
    { status: 503, what: () => _('{server} cannot work at the moment.'), next: advice.later },
    { status: 504, what: () => _('The server behind {server} does not answer in time.'), next: advice.later },
  ].map(({ status, what, next }) => ({
    code: 'http-status' as const,
    number: 5000 + status,
    name: `HTTP ${status}`,
    what,
    next,
  })),
];

/** What may be wrong with a server's certificate; where it is several things, the first of these is told. */
export const certificateEntries: readonly Entry[] = [
  {
    number: 6101,
    name: 'REVOKED',
    what: () => _('The certificate of {server} was revoked.'),
    next: advice.notTrusted,
  },
  {
    number: 6102,
    name: 'BAD_IDENTITY',
    what: () => _('{server} shows a certificate that is for another name.'),
    next: () => _('Check the address of the server. If it is right, give the details to your help desk.'),
  },
  {
    number: 6103,
    name: 'EXPIRED',
    what: () => _('The certificate of {server} has expired.'),
    next: () => _('Check the clock of this computer. If it is right, give the details to your help desk.'),
  },
  {
    number: 6104,
    name: 'NOT_ACTIVATED',
    what: () => _('The certificate of {server} is not valid yet.'),
    next: () => _('Check the clock of this computer. If it is right, give the details to your help desk.'),
  },
  {
    number: 6105,
    name: 'INSECURE',
    what: () => _('The certificate of {server} has a signature or a key that is too weak.'),
    next: advice.notTrusted,
  },
  {
    number: 6106,
    name: 'UNKNOWN_CA',
    what: () => _('The certificate of {server} was issued by somebody whom this computer does not trust.'),
    next: () => _('Ask your help desk whether its issuer can be trusted, and compare the fingerprint.'),
  },
  {
    number: 6107,
    name: 'GENERIC_ERROR',
    what: () => _('The certificate of {server} could not be verified.'),
    next: advice.notTrusted,
  },
];

export const tlsEntries: readonly (Entry & { readonly code: FailureCode })[] = [
  {
    number: 6201,
    name: 'UNAVAILABLE',
    what: () => _('This computer has no support for secure connections (TLS).'),
    next: () => _('Install glib-networking.'),
  },
  {
    number: 6202,
    name: 'MISC',
    what: () => _('The secure connection to {server} failed.'),
    next: advice.again,
  },
  {
    number: 6203,
    name: 'BAD_CERTIFICATE',
    what: () => _('The certificate of {server} cannot be read or is refused.'),
    next: advice.notTrusted,
  },
  {
    number: 6204,
    name: 'NOT_TLS',
    what: () => _('{server} does not speak TLS on this port.'),
    next: () => _('Check the port, and whether the address begins with http or https.'),
  },
  {
    number: 6205,
    name: 'HANDSHAKE',
    what: () => _('{server} and this computer have no version or cipher of TLS in common.'),
    next: advice.helpDesk,
  },
  {
    number: 6206,
    name: 'CERTIFICATE_REQUIRED',
    what: () => _('{server} asks for a certificate of yours, which a connection to TPS does not have.'),
    next: () => _('Check the port: TPS has one that asks for no certificate.'),
  },
  {
    number: 6207,
    name: 'EOF',
    what: () => _('{server} ended the secure connection without notice.'),
    next: advice.again,
  },
  {
    number: 6208,
    name: 'INAPPROPRIATE_FALLBACK',
    what: () =>
      _('{server} refused the secure connection, as it would if somebody in between tampered with it.'),
    next: advice.notTrusted,
  },
  {
    number: 6209,
    name: 'BAD_CERTIFICATE_PASSWORD',
    what: () => _('A certificate could not be opened with its password.'),
    next: advice.helpDesk,
  },
].map(entry => ({ ...entry, code: 'tls-error' as const }));
