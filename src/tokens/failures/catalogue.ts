import type { Failure } from '../../base/failure.js';
import { _, fill } from '../../io/text.js';
import { triesLeftText } from '../tries-left.js';
import { advice } from './advice.js';
import { generalEntries } from './by-code.js';
import { endOpEntries, unknownEndOp } from './end-op.js';
import type { Entry } from './entry.js';
import { certificateEntries, networkEntries, tlsEntries } from './network.js';
import { pcscEntries } from './pcsc.js';
import { reasonWords, type ReasonWords } from './reasons.js';
import { statusWordEntries, statusWordEntry, unknownStatusWord } from './status-words.js';

/** A failure in words for a person. */
export interface Explanation {
  /** Such as ESC-4014. */
  readonly number: string;
  /** What happened: one sentence. */
  readonly what: string;
  /** What to do about it: one sentence or two. */
  readonly next: string;
}

/** When it was not the server who broke the rules. */
const cardViolation: Entry = {
  number: 1211,
  name: 'protocol-violation',
  what: () => _('The card answered in a way that is not understood.'),
  next: advice.again,
};

const byResult = new Map(
  [...pcscEntries, ...networkEntries, ...tlsEntries].map(entry => [key(entry.code, entry.name), entry]),
);

/** Every line, in the order of the numbers. */
export const catalogue: readonly Entry[] = [
  ...Object.values(generalEntries),
  cardViolation,
  ...pcscEntries,
  ...statusWordEntries,
  unknownStatusWord,
  ...endOpEntries,
  unknownEndOp,
  ...networkEntries,
  ...certificateEntries,
  ...tlsEntries,
].sort((a, b) => a.number - b.number);

/** The reasons, each with the number of its code and what is said of it. */
export const reasonEntries: readonly Entry[] = Object.entries(reasonWords).map(
  ([name, { code, ...words }]) => ({
    ...generalEntries[code],
    ...words,
    name,
  }),
);

/** The line that says most about a failure. */
export function entryOf({ code, facts }: Failure): Entry {
  const { result = '', step = '', serverCode, server } = facts;
  if ((code === 'server-refused' || code === 'login-refused') && serverCode !== undefined)
    return endOpEntries[serverCode] ?? unknownEndOp;
  if (code === 'card-refused' && /^[0-9A-F]{4}$/.test(result))
    return statusWordEntry(Number.parseInt(result, 16), step);
  if (code === 'protocol-violation' && server === undefined) return cardViolation;
  const known = byResult.get(key(code, result));
  if (known !== undefined) return known;
  if (code === 'tls-error') {
    const flags = result.split(' ');
    const flag = certificateEntries.find(entry => flags.includes(entry.name));
    if (flag !== undefined) return flag;
  }
  return generalEntries[code];
}

/** What happened and what to do. */
export function explain(failure: Failure): Explanation {
  const { number, what, next, nextOfFormat = next } = { ...entryOf(failure), ...reasonFor(failure) };
  const { server, reader, result, operation, serverCode, named, sentence } = failure.facts;
  const helps = operation === 'format' ? nextOfFormat : next;
  const filled = (text: string): string =>
    fill(text, {
      server: server ?? (text.startsWith('{server}') ? _('The server') : _('the server')),
      reader: reader ?? _('the reader'),
      result: result ?? '?',
      code: serverCode ?? '?',
      named: named ?? '?',
      tries: triesLeftText(failure.facts.triesLeft),
    });
  return { number: numberText(number), what: sentence ?? filled(what()), next: filled(helps()) };
}

/** Undefined where the code says all; a log may have a reason of another version, too. */
function reasonFor({ facts: { reason } }: Failure): ReasonWords | undefined {
  return reason !== undefined && Object.hasOwn(reasonWords, reason) ? reasonWords[reason] : undefined;
}

export function numberText(number: number): string {
  return `ESC-${number}`;
}

function key(code: string, result: string): string {
  return `${code} ${result}`;
}
