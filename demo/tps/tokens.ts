/** The server's memory of cards, users' certificates and archived keys. */

/** What can be reported of a card: destroyed, in other hands, mislaid. */
export const losses = ['DAMAGED', 'PERM_LOST', 'SUSPENDED'] as const;
export type Loss = (typeof losses)[number];

/** Of Dogtag's token states those that the demo comes to. */
export type TokenState = 'UNFORMATTED' | 'FORMATTED' | 'ACTIVE' | Loss;

export type CertificateUse = 'signing' | 'encryption';

export interface TokenCertificate {
  readonly use: CertificateUse;
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly status: 'active' | 'revoked' | 'on-hold';
  /** DER in base64. */
  readonly certificate: string;
}

export interface Token {
  /** 20 upper-case hexadecimal digits. */
  readonly cuid: string;
  readonly state: TokenState;
  /** Empty unless ACTIVE or lost, or given to somebody before it is enrolled. */
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

export function isLost({ state }: Token): boolean {
  return losses.some(loss => loss === state);
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

  /** An administrator gives a card to a user. A format takes it back. @throws Error where the card is not formatted */
  public given(cuid: string, userId: string): void {
    const token = this.tokens.get(cuid);
    if (token?.state !== 'FORMATTED') throw new Error('the card is not formatted');
    this.put({ ...token, userId });
  }

  /**
   * The card of this user that was reported last; undefined while the user has another one that is active, and where
   * the card that is enrolled was not given to the user before.
   */
  public lostCardOf(userId: string, cuid: string): Token | undefined {
    if (this.find(cuid)?.userId !== userId || this.hasOtherActiveToken(userId, cuid)) return undefined;
    return this.all()
      .filter(token => token.userId === userId && token.cuid !== cuid && isLost(token))
      .at(-1);
  }

  /**
   * An administrator reports a card. What a destroyed card could decrypt stays valid, since it can be given back.
   * @throws Error where the card is not active
   */
  public reported(cuid: string, state: Loss): void {
    const token = this.tokens.get(cuid);
    if (token?.state !== 'ACTIVE') throw new Error('the card is not active');
    const certificates = token.certificates.map(certificate => {
      if (certificate.status === 'revoked') return certificate;
      if (state === 'SUSPENDED') return { ...certificate, status: 'on-hold' as const };
      const stays = state === 'DAMAGED' && certificate.use === 'encryption';
      return stays ? certificate : { ...certificate, status: 'revoked' as const };
    });
    // The last in order is the last that was reported.
    this.tokens.delete(cuid);
    this.put({ ...token, state, certificates });
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
