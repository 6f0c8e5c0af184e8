import { explain, explainInline } from '../tokens/sentences.js';
import type { Failure } from '../base/failure.js';
import { writeTo } from '../io/terminal.js';
import { leftBehind } from '../tokens/left-behind.js';
import type { OperationEnd, WorkKind } from '../tokens/operation.js';
import type { Token } from '../tokens/token.js';
import { exitStatus } from './exit-status.js';

/** What a report is about; before the command line is understood, neither is known. */
export interface Subject {
  readonly command: string | undefined;
  readonly cuid: string;
}

/** Prints on standard output. @throws Failure `usage` when it cannot be written */
export function say(text: string): void {
  if (text !== '') writeTo(1, `${text}\n`);
}

/** Prints text as it is, anything else as a JSON document. @returns success as an exit status */
export function printed(result: string | object): number {
  say(typeof result === 'string' ? result : toJson(result));
  return 0;
}

/** As `printed`; where there is no text, says why on standard error. */
export function printedOr(text: string, nothing: string): number {
  if (text === '') writeTo(2, `${nothing}\n`);
  return printed(text);
}

function toJson(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** Tells of a failure: with --json as a document on standard output, else on standard error. @returns the exit status */
export function reportFailure(subject: Subject, failure: Failure, asJson: boolean): number {
  if (asJson) say(toJson(document(subject, { failure, cardTouched: false })));
  else complain(failure);
  return exitStatus(failure.code);
}

/**
 * Tells how work on a card ended, and what the card is now.
 * @param done the sentence for success
 * @returns the exit status
 */
export function reportEnd(
  subject: Subject,
  kind: WorkKind,
  end: OperationEnd,
  token: Token,
  asJson: boolean,
  done: string,
): number {
  const { failure } = end;
  const consequence = leftBehind(token, kind, end);
  if (asJson) say(toJson({ ...document(subject, end, done), consequence, card: cardNow(token) }));
  else if (failure === undefined) say(done);
  else complain(failure, consequence);
  return failure === undefined ? 0 : exitStatus(failure.code);
}

function document({ command, cuid }: Subject, end: OperationEnd, done = ''): object {
  const { failure, cardTouched, keyChecks } = end;
  const about = { operation: command ?? null, cuid, ...(keyChecks === undefined ? {} : { keys: keyChecks }) };
  if (failure === undefined)
    return { ...about, outcome: 'done', code: 'done', message: done, next: '', cardTouched };
  const { number, what, next } = explain(failure);
  return {
    ...about,
    outcome: failure.code === 'cancelled' ? 'cancelled' : 'failed',
    code: failure.code,
    number,
    message: what,
    next,
    cardTouched,
    facts: factsOf(failure),
  };
}

function cardNow(token: Token): object | null {
  if (token.gone || token.summary === undefined) return null;
  return { status: token.status, unfinished: token.unfinished };
}

/** The facts of a failure, for programs and help desks. */
export function factsOf({ facts, detail }: Failure): object {
  return { ...facts, detail };
}

/** The same on one line, with the number. */
export function exactly(failure: Failure): string {
  const { code, detail, facts } = failure;
  const { number, what } = explain(failure);
  return [
    number,
    code,
    facts.result,
    facts.serverCode,
    facts.step,
    facts.server,
    what.includes(detail) ? '' : detail,
  ]
    .filter(fact => fact !== undefined && fact !== '')
    .join(' · ');
}

function complain(failure: Failure, consequence = ''): void {
  const lines = [`escctl: ${explainInline(failure)}`, consequence, `  ${exactly(failure)}`];
  writeTo(2, `${lines.filter(line => line !== '').join('\n')}\n`);
}
