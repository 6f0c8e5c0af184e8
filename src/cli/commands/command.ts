import type { Cancellation } from '../../base/cancellation.js';
import type { OpenModel } from '../../tokens/model.js';
import type { Arguments } from '../arguments.js';
import type { OptionName } from '../options.js';

/** What a command works with. */
export interface Context {
  readonly model: OpenModel;
  readonly args: Arguments;
  /** Ctrl-C. */
  readonly interruption: Cancellation;
}

/** Prints the result, once the way to the cards is closed. @returns the exit status */
export type Report = () => number;

/** One command of escctl. */
export interface Command {
  /** One word or several, such as `certificates export`. */
  readonly name: string;
  /** What must follow the name, as the help calls it, such as `URL`; in brackets what may be left out. */
  readonly operands: readonly string[];
  /** What it takes besides --json. */
  readonly options: readonly OptionName[];
  /** @throws Failure when there is no result to print */
  run(context: Context): Promise<Report>;
}
