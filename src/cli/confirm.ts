import type { Cancellation } from '../base/cancellation.js';
import { Failure, type FailureFacts } from '../base/failure.js';
import { askOnTerminal } from '../io/terminal.js';
import { pgettext } from '../io/text.js';
import { usage } from './told.js';

/**
 * Asks for a yes to a fingerprint.
 * @param facts of the failure, if it comes to that
 * @throws Failure `cancelled` for a no, `usage` where nobody can be asked
 */
export async function requireYes(
  question: string,
  cancellation: Cancellation,
  facts: FailureFacts = {},
): Promise<void> {
  const answer = await confirmed(question, cancellation);
  if (answer === undefined)
    throw usage('there is no terminal to ask on: compare the fingerprint and use --yes', {}, facts);
  if (!answer) throw new Failure('cancelled', 'it is not to be trusted', facts);
}

/**
 * Asks on the terminal; whatever is no clear yes is a no.
 * @returns undefined where there is no terminal. @throws Failure `cancelled`
 */
export async function confirmed(question: string, cancellation: Cancellation): Promise<boolean | undefined> {
  // Translators: what is typed on the terminal for yes, as the question shows it.
  const yes = pgettext('answer', 'yes');
  try {
    const answer = await askOnTerminal(
      `${question} (${yes}/${pgettext('answer', 'no')}) `,
      true,
      cancellation,
    );
    return [yes, yes[0]].includes(answer?.trim().toLowerCase());
  } catch (error) {
    if (error instanceof Failure && error.code === 'usage') return undefined;
    throw error;
  }
}
