/** What a test and the program test/gjs-programs/model.ts say to each other: a line of JSON each. */
import type { FailureCode, FailureFacts } from '../../../src/base/failure.js';
import type { OperationKind, OperationStep, WorkKind } from '../../../src/tokens/operation.js';

/** What a person who is asked types at once; without it the dialog stays open. */
export interface TypedAnswers {
  /** By the field's id. */
  readonly login?: Readonly<Record<string, string>>;
  readonly pin?: string;
}

export interface StartOrder {
  readonly order: 'start';
  /** Names the operation in what follows. */
  readonly id: number;
  readonly reader: string;
  readonly kind: OperationKind;
  readonly tpsUrl: string;
  readonly answers: TypedAnswers;
}

export type Order =
  | StartOrder
  | { readonly order: 'cancel'; readonly id: number }
  /** Answers the questions that are open. */
  | { readonly order: 'answer'; readonly id: number; readonly answers: TypedAnswers }
  /** Asks for an `echo`: all that was ordered before has been looked at then. */
  | { readonly order: 'echo'; readonly id: number }
  /** The same once garbage has been collected. */
  | { readonly order: 'collect'; readonly id: number };

export interface TokenReport {
  /** Another number is another token. */
  readonly number: number;
  readonly reader: string;
  readonly cuid: string;
  readonly status: string;
  readonly unfinished: boolean;
  /** `reading`, `unreadable`, `summary` or, with everything, `contents`. */
  readonly known: 'reading' | 'unreadable' | 'summary' | 'contents';
  /** Why it is unreadable: code and detail. */
  readonly problem: string | null;
  readonly operation: WorkKind | null;
  readonly step: OperationStep | null;
  readonly certificates: number;
  readonly keys: number;
}

export interface ModelReport {
  /** `starting`, `running`, or why there is no way to the cards. */
  readonly service: 'starting' | 'running' | FailureCode;
  /** Those that are in. */
  readonly tokens: readonly TokenReport[];
  /** Since the start. */
  readonly appeared: number;
  readonly disappeared: number;
}

export interface FailureReport {
  readonly code: FailureCode;
  readonly detail: string;
  readonly facts: FailureFacts;
  /** The sentences of `explain`. */
  readonly what: string;
  readonly next: string;
}

export interface EndReport {
  /** Null: done. */
  readonly failure: FailureReport | null;
  readonly cardTouched: boolean;
}

export type Report =
  | ({ readonly report: 'model' } & ModelReport)
  | { readonly report: 'asked'; readonly id: number; readonly question: 'login' | 'pin' }
  | ({ readonly report: 'ended'; readonly id: number } & EndReport)
  | { readonly report: 'echo'; readonly id: number };
