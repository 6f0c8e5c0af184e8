import type { Cancellation } from '../base/cancellation.js';
import { _ } from '../io/text.js';
import type { PinLimits } from '../protocol/ports.js';
import type { PinPrompter, PinRequest } from '../tokens/card-tasks.js';
import { triesLeftText } from '../tokens/tries-left.js';
import { ask, TerminalPrompter } from './terminal-prompter.js';
import { usage } from './told.js';

/** Answers with the card passwords of files, and asks on the terminal for what they do not give. */
export class TerminalPinPrompter implements PinPrompter {
  private readonly forNewPin: TerminalPrompter;

  /** @param next the new PIN, of a change */
  public constructor(
    private readonly present: string | undefined,
    next: string | undefined,
  ) {
    this.forNewPin = new TerminalPrompter(
      undefined,
      next === undefined ? {} : { pin: next },
      false,
      '--new-pin-file',
    );
  }

  /** A file says the same again, so it is asked once; and never for the last attempt, which nobody would be warned of. */
  public async pin(
    { triesLeft, wrong }: PinRequest,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    const { present } = this;
    if (present === undefined) {
      const before = wrong === 0 ? '' : `${_('The card password was wrong.')} `;
      const question = `${before}${triesLeftText(triesLeft)}\n${_('Card password: ')}`;
      return ask(question, false, '--pin-file', cancellation);
    }
    if (wrong > 0) return undefined;
    if (triesLeft === 1)
      throw usage('only one attempt is left for the card password: leave --pin-file out to be asked for it');
    return present;
  }

  public newPin(
    limits: PinLimits,
    unsuitable: 'length' | 'characters' | undefined,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    return this.forNewPin.newPin(limits, unsuitable, cancellation);
  }
}
