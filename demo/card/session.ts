import { randomBytes } from 'node:crypto';
import { ScpCard, type CardKeys, type Command } from '../scp01.js';
import { Scp02Card } from './scp02.js';
import { Scp03Card } from './scp03.js';

/** GlobalPlatform's protocols for the secure channel; a card speaks one of them. */
export type ChannelProtocol = 'SCP01' | 'SCP02' | 'SCP03';

/** What the card knows of itself when a channel is opened. */
export interface ChannelIdentity {
  readonly protocol: ChannelProtocol;
  /** 10 bytes, the CUID. */
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  /** Three keys of 16 bytes: 3DES, and AES for SCP03. */
  readonly keys: CardKeys;
  /** How many channels were opened with these keys, 0 to FFFF; SCP02 derives its session keys from it. */
  readonly sequence: number;
}

/** The card's side of a channel: made by INITIALIZE UPDATE, open after EXTERNAL AUTHENTICATE. */
export interface CardSession {
  /** What INITIALIZE UPDATE answers, without status word. */
  readonly answer: Uint8Array;
  readonly open: boolean;
  /** Whether EXTERNAL AUTHENTICATE, as it came, has the right cryptogram and MAC; the channel is open then. */
  authenticate(command: Command): boolean;
  /** The plain data of a secured command, undefined when MAC or padding is wrong: the channel must be closed then. */
  unwrap(command: Command): Uint8Array | undefined;
  /** Decrypts a key, or another secret of 16 bytes, that came encrypted within the plain data. */
  decryptSecret(wrapped: Uint8Array): Uint8Array;
}

/** @param hostChallenge 8 bytes. */
export function startSession(identity: ChannelIdentity, hostChallenge: Uint8Array): CardSession {
  switch (identity.protocol) {
    case 'SCP01':
      return new ScpCard(identity, hostChallenge, randomBytes(8));
    case 'SCP02':
      return new Scp02Card(identity, hostChallenge, randomBytes(6));
    case 'SCP03':
      return new Scp03Card(identity, hostChallenge, randomBytes(8));
  }
}
