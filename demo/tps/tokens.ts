/** The server's memory of cards, users' certificates and archived keys. */

/** Of Dogtag's token states those that the demo comes to. */
export type TokenState = 'UNFORMATTED' | 'FORMATTED' | 'ACTIVE';

export type CertificateUse = 'signing' | 'encryption';

export interface TokenCertificate {
  readonly use: CertificateUse;
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly status: 'active' | 'revoked';
  /** DER in base64. */
  readonly certificate: string;
}

export interface Token {
  /** 20 upper-case hexadecimal digits. */
  readonly cuid: string;
  readonly state: TokenState;
  /** Empty unless ACTIVE. */
  readonly userId: string;
  /** Such as `1.4.58768072`; empty while unknown. */
  readonly appletVersion: string;
  readonly certificates: readonly TokenCertificate[];
}

/** A private key that the server made, kept so that it can be given back when a card is lost. */
export interface ArchivedKey {
  readonly cuid: string;
  readonly userId: string;
  /** Serial number of the certificate that it belongs to. */
  readonly serial: string;
  /** PKCS#8 DER in base64. */
  readonly privateKey: string;
}

/** What outlives a restart. */
export interface SavedTokens {
  readonly tokens: readonly Token[];
  readonly archive: readonly ArchivedKey[];
}

/** Read-only view for whoever started the server. */
export interface TokenList {
  find(cuid: string): Token | undefined;
  all(): readonly Token[];
  archivedKeys(): readonly ArchivedKey[];
}

function revoked(certificates: readonly TokenCertificate[]): TokenCertificate[] {
  return certificates.map(certificate => ({ ...certificate, status: 'revoked' }));
}

export class TokenDatabase implements TokenList {
  private readonly tokens = new Map<string, Token>();
  private readonly archive: ArchivedKey[] = [];

  /** @param changed is called after every change, so that it can be written down. */
  public constructor(
    saved: SavedTokens = { tokens: [], archive: [] },
    private readonly changed: () => void = () => undefined,
  ) {
    for (const token of saved.tokens) this.tokens.set(token.cuid, token);
    this.archive.push(...saved.archive);
  }

  public find(cuid: string): Token | undefined {
    return this.tokens.get(cuid);
  }

  public all(): readonly Token[] {
    return [...this.tokens.values()];
  }

  public archivedKeys(): readonly ArchivedKey[] {
    return [...this.archive];
  }

  public hasOtherActiveToken(userId: string, cuid: string): boolean {
    return this.all().some(
      token => token.state === 'ACTIVE' && token.userId === userId && token.cuid !== cuid,
    );
  }

  /** A card that the server sees for the first time. */
  public add(cuid: string): void {
    this.put({ cuid, state: 'UNFORMATTED', userId: '', appletVersion: '', certificates: [] });
  }

  /** Its certificates are revoked with it. */
  public formatted(cuid: string, appletVersion: string): void {
    const certificates = revoked(this.tokens.get(cuid)?.certificates ?? []);
    this.put({ cuid, state: 'FORMATTED', userId: '', appletVersion, certificates });
  }

  public activated(
    cuid: string,
    userId: string,
    appletVersion: string,
    certificates: readonly TokenCertificate[],
  ): void {
    const earlier = revoked(this.tokens.get(cuid)?.certificates ?? []);
    this.put({
      cuid,
      state: 'ACTIVE',
      userId,
      appletVersion,
      certificates: [...earlier, ...certificates],
    });
  }

  public archiveKey(key: ArchivedKey): void {
    this.archive.push(key);
    this.changed();
  }

  public save(): SavedTokens {
    return { tokens: this.all(), archive: this.archivedKeys() };
  }

  private put(token: Token): void {
    this.tokens.set(token.cuid, token);
    this.changed();
  }
}
