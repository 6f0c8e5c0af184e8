import type { FailureCode } from '../base/failure.js';

/** The exit status of escctl for a failure; 0 is success. */
export function exitStatus(code: FailureCode): number {
  switch (code) {
    case 'server-refused':
    case 'card-refused':
    case 'pin-blocked':
    case 'key-check-failed':
    case 'pin-unsuitable':
    case 'card-unfinished':
    case 'unsuitable-card':
    case 'malformed-data':
    case 'profile-open':
    case 'nss-tools-missing':
    case 'nss-refused':
    case 'no-ca-chain':
    case 'setting-locked':
    case 'format-locked':
    case 'module-missing':
    case 'module-unusable':
    case 'internal':
      return 1;
    case 'usage':
    case 'bad-url':
    case 'no-server-url':
      return 2;
    case 'no-such-card':
      return 3;
    case 'pcscd-absent':
    case 'pcscd-refused':
    case 'pcscd-stopped':
    case 'pcscd-incompatible':
    case 'pcsc-error':
    case 'shim-lost':
    case 'shim-missing':
    case 'reader-lost':
    case 'card-removed':
    case 'card-reset':
    case 'card-mute':
    case 'card-silent':
      return 4;
    case 'host-not-found':
    case 'connection-refused':
    case 'network-error':
    case 'tls-error':
    case 'plain-http':
    case 'http-status':
    case 'not-a-tps':
    case 'server-closed':
    case 'server-silent':
    case 'bad-redirect':
    case 'document-too-big':
    case 'not-xml':
    case 'not-service-info':
    case 'protocol-violation':
      return 5;
    case 'login-refused':
    case 'pin-wrong':
    case 'primary-password':
      return 6;
    case 'cancelled':
      return 7;
    case 'card-busy':
      return 8;
  }
}
