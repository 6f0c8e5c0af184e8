import type { Cancellation } from '../base/cancellation.js';
import type { CardChannel } from '../card/channel.js';
import type { CardConnection } from '../pcsc/types.js';
import type { Prompter } from '../protocol/ports.js';

/**
 * The card for the length of an operation: other programs are kept out by a transaction,
 * except while a person thinks. TPS selects the applet anew after each question, so what
 * other programs select in between does no harm.
 */
export class CardSession implements CardChannel {
  private held = false;

  public constructor(private readonly connection: CardConnection) {}

  public async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (!this.held) {
      await this.connection.beginTransaction();
      this.held = true;
    }
    return this.connection.transmit(command);
  }

  /** Lets other programs at the card. */
  public async end(): Promise<void> {
    if (!this.held) return;
    this.held = false;
    await this.connection.endTransaction();
  }

  /** The prompter, with the card let go while it asks. */
  public prompting(prompter: Prompter): Prompter {
    return {
      login: async (request, cancellation: Cancellation) => {
        await this.end();
        return prompter.login(request, cancellation);
      },
      newPin: async (limits, unsuitable, cancellation) => {
        await this.end();
        return prompter.newPin(limits, unsuitable, cancellation);
      },
    };
  }
}
