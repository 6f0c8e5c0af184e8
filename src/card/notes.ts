import { asFailure } from '../base/failure.js';
import type { Failure, FailureCode } from '../base/failure.js';

/** A part of the card that is missing from the report, and why. */
export interface CardNote {
  readonly part: 'combined-object' | 'separate-objects' | 'certificate' | 'keys';
  /** The object or slot, where it is one of several. */
  readonly name: string;
  readonly failure: Failure;
}

/** Failures that are about what the card says; all others are about the way to it. */
const contentCodes: readonly FailureCode[] = ['card-refused', 'malformed-data', 'protocol-violation'];

/** @throws what it is given when that is not about the card's content */
export function contentFailure(error: unknown): Failure {
  const failure = asFailure(error);
  if (!contentCodes.includes(failure.code)) throw failure;
  return failure;
}

/** What is refused or garbled is undefined. @throws as contentFailure */
export async function tolerate<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    contentFailure(error);
    return undefined;
  }
}

/** As tolerate, with a note of it. */
export async function noting<T>(
  notes: CardNote[],
  part: CardNote['part'],
  read: () => T | Promise<T>,
  name = '',
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    notes.push({ part, name, failure: contentFailure(error) });
    return undefined;
  }
}
