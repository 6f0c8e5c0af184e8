import type { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import { readFile } from '../io/terminal.js';
import type { OpenModel } from '../tokens/model.js';
import type { Arguments } from './arguments.js';
import { usage } from './told.js';

/** Bytes: the longest bundle of a system has a quarter of that. */
const longest = 1024 * 1024;

/** Trusts the issuers in the file of --ca for this one run. @throws Failure `usage`, `cancelled` */
export async function trustFile(
  { settings }: OpenModel,
  { ca }: Arguments,
  cancellation: Cancellation,
): Promise<void> {
  if (ca === undefined) return;
  const bytes = await readFile(ca, longest, cancellation);
  try {
    settings.trusted.trustForThisRun(new TextDecoder().decode(bytes));
  } catch (error) {
    const result = asFailure(error).detail;
    throw usage(
      '{file} holds no certificates in PEM that can be read',
      { file: ca },
      { result },
      { cause: error },
    );
  }
}
