import type { Cancellation } from '../base/cancellation.js';

/** A connected byte stream to a server, plain or TLS. src/io has the real one. */
export interface ByteStream {
  /**
   * Waits for at least one byte and gives at most `limit`; an empty array is the end of the stream.
   * One read and one write at a time; a read may be pending while write is called.
   * @throws Failure `network-error`, `tls-error`, `server-closed`
   */
  read(limit: number): Promise<Uint8Array>;
  /** Writes and flushes all of it. @throws as read */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the connection at once; a pending read ends with an empty array or a Failure. Never throws. */
  close(): void;
}

export interface ServerAddress {
  readonly scheme: 'http' | 'https';
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface Connector {
  /** @throws Failure `host-not-found`, `connection-refused`, `network-error`, `tls-error`, `cancelled` */
  connect(server: ServerAddress, cancellation: Cancellation): Promise<ByteStream>;
}

/** One field of a login form, as the server describes it. */
export interface LoginField {
  /** Names the answer, such as UID. */
  readonly id: string;
  /** Empty where the server gives none: then `id` is UID, PASSWORD, VALUE (of a SecurID token) or PIN (its PIN). */
  readonly label: string;
  readonly description: string;
  readonly kind: 'string' | 'password' | 'integer';
}

export interface LoginRequest {
  /** Who gets the answers: what the dialog names. */
  readonly server: ServerAddress;
  /** Empty where the server gives none. */
  readonly title: string;
  readonly description: string;
  readonly fields: readonly LoginField[];
  /** The last answers were refused. */
  readonly refused: boolean;
}

/** By the field's id. Kept in memory for one operation, never longer. */
export type LoginAnswers = ReadonlyMap<string, string>;

export interface PinLimits {
  /** Characters. */
  readonly minimum: number;
  readonly maximum: number;
}

/** How an operation asks the person, or the command line, or a test. Undefined means: cancelled. */
export interface Prompter {
  login(request: LoginRequest, cancellation: Cancellation): Promise<LoginAnswers | undefined>;
  /** The new PIN, checked against the limits. `unsuitable` is why the last one was not taken. */
  newPin(
    limits: PinLimits,
    unsuitable: 'length' | 'characters' | undefined,
    cancellation: Cancellation,
  ): Promise<string | undefined>;
}
