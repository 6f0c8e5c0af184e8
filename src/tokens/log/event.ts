import type { FailureCode, FailureFacts } from '../../base/failure.js';

/** What can happen, with how much it matters. */
export const severities = {
  'program-started': 'event',
  'library-started': 'event',
  'pcscd-lost': 'error',
  'reader-attached': 'event',
  'reader-detached': 'event',
  'card-inserted': 'event',
  'card-present': 'event',
  'card-removed': 'event',
  'card-read': 'event',
  'card-not-recognized': 'error',
  'card-lost': 'error',
  'card-status': 'detail',
  'operation-started': 'event',
  'operation-done': 'event',
  'operation-cancelled': 'event',
  'operation-failed': 'error',
  'tps-error': 'error',
  'tps-lost': 'error',
  'phone-home-done': 'event',
  'phone-home-failed': 'error',
} as const satisfies Record<string, 'error' | 'event' | 'detail'>;

export type EventKind = keyof typeof severities;
export type Severity = (typeof severities)[EventKind];

/** What happened to what. No secret, and no name of a card holder. */
export interface EventFacts extends FailureFacts {
  /** 20 upper-case hexadecimal digits. */
  readonly cuid?: string;
  readonly atr?: string;
  /** pcscd's number of the insertion. */
  readonly insertion?: number;
  /** The guide's word for it. */
  readonly status?: string;
  /** Of a failure. */
  readonly code?: FailureCode;
  /** In English, for help desks. */
  readonly detail?: string;
}

/** One line of the log. */
export interface LogEvent extends EventFacts {
  /** ISO 8601, UTC, with milliseconds. */
  readonly time: string;
  /** esc, escd or escctl. */
  readonly program: string;
  readonly pid: number;
  readonly kind: EventKind;
}
