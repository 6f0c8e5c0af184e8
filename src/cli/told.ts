import { Failure, type FailureCode, type FailureFacts } from '../base/failure.js';
import { _, fill } from '../io/text.js';

type Values = Readonly<Record<string, string>>;

/**
 * A failure of the command line, whose words are written where it happens: in English as the detail, and to the
 * person in their language.
 * @param text in English; xgettext finds it here (scripts/translations.mjs)
 */
export function told(
  code: FailureCode,
  text: string,
  values: Values = {},
  facts: FailureFacts = {},
  options?: ErrorOptions,
): Failure {
  return new Failure(code, fill(text, values), { ...facts, sentence: fill(_(text), values) }, options);
}

/** The command line asks for what cannot be. */
export function usage(
  text: string,
  values: Values = {},
  facts: FailureFacts = {},
  options?: ErrorOptions,
): Failure {
  return told('usage', text, values, facts, options);
}
