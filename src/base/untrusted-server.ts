import { Failure, type FailureFacts } from './failure.js';

/** A certificate as a person is shown it. */
export interface ShownCertificate {
  /** Names as RFC 4514 writes them. */
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly notAfter: string;
  /** Of the whole certificate: 32 pairs of upper-case hexadecimal digits with colons between them. */
  readonly sha256: string;
  readonly pem: string;
}

/**
 * `tls-error` of a server whose certificate has one fault alone: nobody who is trusted here issued it. A person may
 * decide to trust it; every other fault is beyond that.
 */
export class UntrustedServer extends Failure {
  /**
   * @param certificate the server's own
   * @param issuer the topmost certificate that the server sent; undefined where it sent its own alone
   */
  public constructor(
    detail: string,
    facts: FailureFacts,
    public readonly certificate: ShownCertificate,
    public readonly issuer: ShownCertificate | undefined,
  ) {
    super('tls-error', detail, facts);
  }

  public override with(facts: FailureFacts): UntrustedServer {
    return new UntrustedServer(this.detail, { ...facts, ...this.facts }, this.certificate, this.issuer);
  }
}
