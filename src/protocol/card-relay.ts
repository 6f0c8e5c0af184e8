import { Failure } from '../base/failure.js';
import type { Clock } from '../base/clock.js';
import { waitFor } from '../base/waiting.js';
import { exchange } from '../card/apdu.js';
import type { CardChannel } from '../card/channel.js';

/** Commands of a TPS that only look, or open a secure channel: CLA, INS. Every other may change the card. */
const harmless = new Set([
  0x00a4, // SELECT
  0x00c0, // GET RESPONSE
  0x00ca, // GET DATA
  0x80ca, // GET DATA
  0x8050, // INITIALIZE UPDATE
  0x8482, // EXTERNAL AUTHENTICATE
  0x8456, // READ OBJECT, READ I/O BUFFER
  0xb056, // READ OBJECT
  0xb058, // LIST OBJECTS
  0xb070, // GET BUILD ID
  0xb03c, // GET STATUS
  0xb0f2, // GET LIFECYCLE
]);

/** Passes the server's commands on to the card, and knows whether any of them may have changed it. */
export class CardRelay {
  private changed = false;

  public constructor(
    private readonly card: CardChannel,
    private readonly clock: Clock,
    /** Milliseconds that one command may take. */
    private readonly timeout: number,
  ) {}

  /** A command that may change the card was sent, whatever the card made of it. */
  public get touched(): boolean {
    return this.changed;
  }

  /**
   * No cancellation: the card gets to finish what it has begun, so that it is idle when the operation ends. Whoever gave
   * the channel ends the wait for a card that does not.
   * @returns data, then SW1 SW2.
   * @throws Failure those of `exchange`, `card-silent`, `protocol-violation` for what is no command.
   */
  public async pass(command: Uint8Array): Promise<Uint8Array> {
    const [cla, ins] = command;
    if (cla === undefined || ins === undefined || command.length < 4)
      throw new Failure('protocol-violation', `the server sends a card command of ${command.length} bytes`);
    this.changed ||= !harmless.has(cla * 256 + ins);
    return waitFor(exchange(this.card, command), undefined, {
      clock: this.clock,
      milliseconds: this.timeout,
      failure: () => new Failure('card-silent', `the card took longer than ${this.timeout} ms`),
    });
  }
}
