import Gio from 'gi://Gio';
import { Failure } from '../base/failure.js';
import type { ShownCertificate, UntrustedServer } from '../base/untrusted-server.js';
import { readTrustAnchors, shownCertificate, type Trust } from '../io/tls.js';

const keys = { issuer: 'trusted-issuers', server: 'trusted-servers' } as const;

type TrustKind = keyof typeof keys;

/** One entry of the settings. */
export interface TrustedCertificate {
  /** An issuer is trusted for every server to which it issued a certificate, a server for itself alone. */
  readonly kind: TrustKind;
  /** As it is in the settings. */
  readonly pem: string;
  /** Undefined for an entry that cannot be read; nothing is trusted because of it. */
  readonly certificate: ShownCertificate | undefined;
  /** By the administrator: it cannot be removed. */
  readonly locked: boolean;
}

/**
 * Whom this program trusts beside the system's certification authorities. What was trusted after it was shown is
 * kept in the settings, for this program alone. Trust makes up for an unknown issuer and for nothing else: a
 * certificate that has expired or is for another name is refused whoever issued it.
 */
export class TrustedServers {
  private forThisRun: readonly Gio.TlsCertificate[] = [];

  public constructor(private readonly store: Gio.Settings) {}

  public current(): Trust {
    return {
      issuers: [...this.forThisRun, ...this.readable('issuer')],
      servers: this.readable('server'),
    };
  }

  /** Whether an administrator decides whom to trust. */
  public get isLocked(): boolean {
    return Object.values(keys).every(key => !this.store.is_writable(key));
  }

  /** @param pem of issuers, which are not stored. @throws Failure `tls-error` as readTrustAnchors */
  public trustForThisRun(pem: string): void {
    this.forThisRun = readTrustAnchors(pem);
  }

  public list(): TrustedCertificate[] {
    return (['issuer', 'server'] as const).flatMap(kind =>
      this.store.get_strv(keys[kind]).map(pem => {
        const [certificate] = read(pem);
        return {
          kind,
          pem,
          certificate: certificate === undefined ? undefined : shownCertificate(certificate),
          locked: !this.store.is_writable(keys[kind]),
        };
      }),
    );
  }

  /** Why nobody but an administrator decides whether a server is trusted: Failure `setting-locked`; else undefined. */
  public lockOf(server: UntrustedServer): Failure | undefined {
    return this.store.is_writable(keys[kindOf(server)]) ? undefined : lockFailure();
  }

  /** From now on the server's issuer is trusted, or where none came with it, the server alone. @throws Failure `setting-locked` */
  public add(server: UntrustedServer): void {
    const kind = kindOf(server);
    const { pem } = server.issuer ?? server.certificate;
    const before = this.store.get_strv(keys[kind]);
    if (!before.includes(pem)) this.write(kind, [...before, pem]);
  }

  /** @throws Failure `setting-locked` */
  public remove({ kind, pem }: TrustedCertificate): void {
    this.write(
      kind,
      this.store.get_strv(keys[kind]).filter(other => other !== pem),
    );
  }

  /** @returns ends it */
  public onChange(listener: () => void): () => void {
    const { store } = this;
    const handlers = Object.values(keys).flatMap(key => [
      store.connect(`changed::${key}`, listener),
      store.connect(`writable-changed::${key}`, listener),
    ]);
    return () => {
      for (const handler of handlers) store.disconnect(handler);
    };
  }

  private readable(kind: TrustKind): Gio.TlsCertificate[] {
    return this.store.get_strv(keys[kind]).flatMap(read);
  }

  private write(kind: TrustKind, pems: string[]): void {
    if (!this.store.set_strv(keys[kind], pems)) throw lockFailure();
    // A command line may end before the settings are written.
    Gio.Settings.sync();
  }
}

function kindOf({ issuer }: UntrustedServer): TrustKind {
  return issuer === undefined ? 'server' : 'issuer';
}

function lockFailure(): Failure {
  return new Failure('setting-locked', 'whom to trust is not writable', { reason: 'trust-locked' });
}

/** Settings are edited by hand, too: what cannot be read there is no reason to reach no server. */
function read(pem: string): Gio.TlsCertificate[] {
  try {
    return readTrustAnchors(pem);
  } catch {
    return [];
  }
}
