/** Where the time of one operation went. Milliseconds. */
export interface Share {
  readonly kind: 'format' | 'enroll';
  readonly total: number;
  /** Spent waiting for the server, and for the card. */
  readonly server: number;
  readonly card: number;
  /** Commands that the card got. */
  readonly commands: number;
  /** Of the card's time that which the server saw, from the first connection to the end of the conversation. */
  readonly cardInConversation: number;
  /** Of the processors, for the program and for its shim; some of it while the program waits. */
  readonly processor: number;
  readonly shimProcessor: number;
}
