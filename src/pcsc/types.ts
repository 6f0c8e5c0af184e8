import type { Cancellation } from '../base/cancellation.js';
import type { Failure } from '../base/failure.js';
import type { CardChannel } from '../card/channel.js';

/** What keeps the program from its cards, if anything does. */
export type ServiceState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** pcscd-absent, pcscd-refused, pcscd-stopped, pcscd-incompatible, shim-lost, shim-missing; it is tried again. */
  | { readonly kind: 'unavailable'; readonly failure: Failure };

export type CardPresence = 'empty' | 'present' | 'mute';

export interface ReaderState {
  /** pcscd's name of the reader: unique among those attached. */
  readonly name: string;
  readonly presence: CardPresence;
  /** Of the card that is in, 2 to 33 bytes; empty without one. */
  readonly atr: Uint8Array;
  /** Grows with each insertion or removal that pcscd saw: another number is another insertion. */
  readonly eventCount: number;
  /** Another program holds the card for itself. */
  readonly exclusive: boolean;
}

export type ShareMode = 'shared' | 'exclusive';
export type Disposition = 'leave' | 'reset' | 'unpower';

/** One card, connected. Commands are sent one after the other in the order of the calls. */
export interface CardConnection extends CardChannel {
  readonly reader: string;
  readonly atr: Uint8Array;
  readonly protocol: 'T=0' | 'T=1';
  /** Runs `work` within one transaction, ended whatever happens. @throws as transmit, `card-busy` */
  transaction<T>(work: () => Promise<T>, end?: Disposition): Promise<T>;
  /**
   * Waits no longer for the answer that the card owes, if it owes one: who waits for it gets a Failure `card-silent`, and
   * the card is let go, with a reset, as soon as it lets that happen.
   */
  giveUp(detail: string): void;
  /** Connects anew after a reset, or resets the card. @throws as connect */
  reconnect(initialization: Disposition): Promise<void>;
  /** Never throws: a card that is gone is disconnected. */
  disconnect(end?: Disposition): Promise<void>;
}

/** The client of the shim: the only way to pcscd. */
export interface CardService {
  readonly state: ServiceState;
  readonly readers: readonly ReaderState[];
  /** Called with every change of `state` or `readers`. @returns ends the subscription. */
  onChange(listener: () => void): () => void;
  /**
   * @throws Failure `card-busy` (another program holds it), `card-removed`, `card-mute`, `reader-lost`, any of ServiceState
   */
  connect(reader: string, share: ShareMode, cancellation?: Cancellation): Promise<CardConnection>;
  /** Finds out whether the way to the cards still stands, of which an idle one says nothing by itself. */
  check(): void;
  /** Ends the shim and every connection. */
  close(): void;
}

/** A running shim: its two pipes. src/io starts the real one; under Node, tests start it themselves. */
export interface ShimProcess {
  /**
   * To be called once. `received` gets all that the shim writes, piece by piece; an empty array is the end.
   * A callback and not a promise: under GJS 1.74 a promise costs as much as a third of an APDU.
   */
  listen(received: (bytes: Uint8Array) => void): void;
  /**
   * Takes the bytes over and writes them, in the order of the calls, without blocking; overwrites them
   * once they are written, since they may hold a PIN. A failure shows as the end of what is received.
   */
  write(bytes: Uint8Array): void;
  /** Kills it; the end is received then. */
  kill(): void;
}

/** @throws Failure `shim-missing` */
export type ShimLauncher = () => ShimProcess;
