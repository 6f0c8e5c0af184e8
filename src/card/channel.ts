/** A connection to one card, as the card and protocol logic need it. src/pcsc has the real one. */
export interface CardChannel {
  /** Where it is known: under T=0 a command that has data carries no Le field. */
  readonly protocol?: 'T=0' | 'T=1';
  /**
   * Sends one command APDU and gives the card's whole answer: data, then SW1 SW2 (at least 2 bytes).
   * 61xx and 6Cxx come back as they are; `exchange` in apdu.ts completes them.
   * @throws Failure `card-removed`, `card-reset`, `reader-lost`, `pcscd-stopped`, `shim-lost`, `card-silent`, `pcsc-error`
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
}
