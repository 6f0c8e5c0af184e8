/**
 * Every way in which something can go wrong, by a name that is stable:
 * programs see it in `escctl --json`, help desks in the details of a dialog.
 * The sentence for a person is looked up where it is shown.
 */
export type FailureCode =
  // the way to the card
  | 'pcscd-absent'
  | 'pcscd-refused'
  | 'pcscd-stopped'
  | 'pcscd-incompatible'
  | 'pcsc-error'
  | 'shim-lost'
  | 'shim-missing'
  | 'reader-lost'
  | 'card-removed'
  | 'card-reset'
  | 'card-busy'
  | 'card-mute'
  | 'card-silent'
  | 'card-refused'
  // the card's PIN and keys
  | 'pin-wrong'
  | 'pin-blocked'
  | 'key-check-failed'
  // what was read
  | 'malformed-data'
  | 'protocol-violation'
  // the way to the server
  | 'bad-url'
  | 'host-not-found'
  | 'connection-refused'
  | 'network-error'
  | 'tls-error'
  | 'plain-http'
  | 'http-status'
  | 'not-a-tps'
  | 'server-closed'
  | 'server-silent'
  // the Phone Home document
  | 'bad-redirect'
  | 'document-too-big'
  | 'not-xml'
  | 'not-service-info'
  // the conversation
  | 'server-refused'
  | 'login-refused'
  | 'pin-unsuitable'
  | 'no-server-url'
  | 'card-unfinished'
  | 'unsuitable-card'
  // browsers and mail programs
  | 'profile-open'
  | 'nss-tools-missing'
  | 'nss-refused'
  | 'primary-password'
  | 'no-ca-chain'
  // programs that use the card
  | 'module-missing'
  | 'module-unusable'
  // the person
  | 'cancelled'
  // the command line and the settings
  | 'usage'
  | 'setting-locked'
  | 'format-locked'
  | 'no-such-card'
  | 'internal';

/**
 * Why, where a person can do more about it than the code alone would say. The layers that say it know no language:
 * the sentence of each is in tokens/failures/reasons.ts.
 */
export type FailureReason =
  // bad-url
  | 'url-scheme'
  | 'url-login'
  | 'url-path'
  | 'url-brackets'
  | 'url-port'
  | 'url-no-name'
  | 'url-name'
  | 'url-ipv4'
  | 'url-ipv6'
  | 'url-not-https'
  // bad-redirect
  | 'redirects-without-end'
  | 'redirect-elsewhere'
  | 'redirect-unprotected'
  // not-xml, not-service-info
  | 'web-page'
  | 'unknown-encoding'
  | 'has-dtd'
  | 'has-entity'
  | 'malformed-xml'
  | 'other-document'
  | 'bad-operation-url'
  // no-ca-chain
  | 'chain-empty'
  | 'chain-too-long'
  | 'chain-unreadable'
  | 'chain-not-of-ca'
  // nss-refused
  | 'tool-without-end'
  | 'profile-in-sandbox'
  | 'profile-of-old-form'
  | 'no-profile'
  | 'not-a-folder'
  | 'not-a-library'
  | 'p11-kit-of-root'
  | 'file-stays'
  | 'same-nickname'
  // unsuitable-card
  | 'no-keys-yet'
  | 'keys-of-other-kind'
  | 'no-key-to-test'
  | 'no-password-yet'
  | 'card-only-shown'
  | 'card-without-number'
  | 'card-without-certificate'
  // pin-unsuitable
  | 'pin-length'
  | 'pin-characters'
  // setting-locked
  | 'trust-locked'
  | 'phone-home-locked'
  // usage
  | 'token-type'
  | 'file-unreadable'
  | 'file-too-long'
  | 'file-unwritable'
  | 'input-unreadable'
  | 'input-too-long'
  | 'output-unwritable'
  | 'no-terminal';

/** Exact facts for a help desk. Never a secret. */
export interface FailureFacts {
  readonly reason?: FailureReason;
  /** What the sentence names: a file, a profile, what a document says. */
  readonly named?: string;
  /** What happened, from who knows the person's language, in that language: said instead of what is looked up. */
  readonly sentence?: string;
  /** The field's own word for the result: SCARD_E_NO_SERVICE, 6A82, END_OP 14. */
  readonly result?: string;
  readonly reader?: string;
  readonly server?: string;
  /** What the server or the card was to do: format, enroll, reset-pin and the like. */
  readonly operation?: string;
  /** What was being done, such as a step of the operation. */
  readonly step?: string;
  /** The END_OP number of TPS, where there is one. */
  readonly serverCode?: number;
  /** SHA-256 of a server's certificate and of the topmost one that came with it: 32 pairs of digits with colons. */
  readonly serverFingerprint?: string;
  readonly issuerFingerprint?: string;
  /** How many wrong PINs the card still takes, where it tells. */
  readonly triesLeft?: number;
}

/** The one error type of the program. */
export class Failure extends Error {
  public override readonly name = 'Failure';

  /** @param detail for the log and for help desks, in English; never holds a secret. */
  public constructor(
    public readonly code: FailureCode,
    public readonly detail: string,
    public readonly facts: FailureFacts = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }

  /** The same failure with further facts; facts already known stay. */
  public with(facts: FailureFacts): Failure {
    return new Failure(this.code, this.detail, { ...facts, ...this.facts }, { cause: this.cause });
  }
}

/** Whatever was thrown, as a Failure: anything unforeseen becomes `internal`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const detail = hasMessage(error) ? error.message : String(error);
  return new Failure('internal', detail, {}, { cause: error });
}

/** A GLib.Error has a message without being an Error to GJS 1.74. */
function hasMessage(error: unknown): error is { readonly message: string } {
  return (
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
  );
}
