import { asFailure, type FailureCode } from '../../base/failure.js';
import { formatStatusWord, statusWord } from '../../card/apdu.js';
import { commandName } from '../../card/command-name.js';
import type { Operation, OperationEnd } from '../operation.js';
import type { Registry } from '../registry.js';
import type { Token } from '../token.js';
import type { EventFacts, EventKind } from './event.js';
import type { EventLog } from './event-log.js';

/** `everything` that happens to readers and cards, or `operations` alone, for a program that runs one command. */
export type Watched = 'everything' | 'operations';

/** Failures that are the end of the way to TPS, and those that are the end of the way to the card. */
const tpsLost = new Set<FailureCode>([
  'host-not-found',
  'connection-refused',
  'network-error',
  'tls-error',
  'http-status',
  'not-a-tps',
  'server-closed',
  'server-silent',
]);
const cardLost = new Set<FailureCode>([
  'pcscd-absent',
  'pcscd-refused',
  'pcscd-stopped',
  'pcscd-incompatible',
  'pcsc-error',
  'shim-lost',
  'shim-missing',
  'reader-lost',
  'card-removed',
  'card-reset',
  'card-mute',
  'card-silent',
]);
const refused = new Set<FailureCode>(['server-refused', 'login-refused']);

interface WatchedToken {
  readonly handler: number;
  operation: Operation | undefined;
  fetching: boolean;
  /** What was told of it last. */
  told: string;
}

/** Writes down what happens to readers and cards. */
export class LogWatcher {
  private readonly tokens = new Map<Token, WatchedToken>();
  private readers: ReadonlySet<string> | undefined;
  private state = 'starting';
  private readonly unsubscribe: () => void;

  public constructor(
    private readonly registry: Registry,
    private readonly log: EventLog,
    private readonly watched: Watched = 'everything',
  ) {
    this.unsubscribe = registry.onChange(() => this.update());
    this.update();
  }

  public close(): void {
    this.unsubscribe();
    for (const [token, { handler }] of this.tokens) token.disconnect(handler);
    this.tokens.clear();
  }

  private update(): void {
    const arrivals = this.readers === undefined ? 'card-present' : 'card-inserted';
    if (this.watched === 'everything') {
      this.followService();
      this.followReaders();
    }
    const now = this.registry.list();
    for (const [token, { handler }] of this.tokens) {
      if (now.includes(token)) continue;
      this.look(token);
      token.disconnect(handler);
      this.tokens.delete(token);
      this.recordCard('card-removed', token);
    }
    for (const token of now) if (!this.tokens.has(token)) this.watch(token, arrivals);
  }

  private followService(): void {
    const { state } = this.registry;
    const key = state.kind === 'unavailable' ? state.failure.code : state.kind;
    if (key === this.state) return;
    this.state = key;
    if (state.kind === 'unavailable') this.log.recordFailure('pcscd-lost', state.failure);
    if (state.kind === 'running') this.log.record('library-started');
  }

  private followReaders(): void {
    if (this.registry.state.kind !== 'running') {
      // What is there when pcscd comes back was not plugged in then.
      this.readers = undefined;
      return;
    }
    const now = new Set(this.registry.readers.map(({ name }) => name));
    const before = this.readers ?? now;
    for (const reader of now) if (!before.has(reader)) this.log.record('reader-attached', { reader });
    for (const reader of before) if (!now.has(reader)) this.log.record('reader-detached', { reader });
    this.readers = now;
  }

  private watch(token: Token, kind: EventKind): void {
    const handler = token.connect('changed', () => this.look(token));
    this.tokens.set(token, { handler, operation: undefined, fetching: false, told: '' });
    this.recordCard(kind, token);
    this.look(token);
  }

  private look(token: Token): void {
    const watched = this.tokens.get(token);
    if (watched === undefined) return;
    if (watched.operation !== token.operation) {
      watched.operation = token.operation;
      if (token.operation !== undefined) this.follow(token, token.operation);
    }
    this.followPhoneHome(token, watched);
    if (token.operation !== undefined) return;
    const { known, status, cuid } = token;
    const told = known.kind === 'unreadable' ? known.failure.code : `${status} ${cuid}`;
    if (known.kind === 'reading' || told === watched.told || token.gone) return;
    watched.told = told;
    if (known.kind === 'unreadable') this.recordUnreadable(token);
    else this.recordCard(token.summary?.kind === 'unknown' ? 'card-not-recognized' : 'card-read', token);
  }

  private followPhoneHome(token: Token, watched: WatchedToken): void {
    const { fetching, failure, url } = token.phoneHome;
    const ended = watched.fetching && !fetching;
    watched.fetching = fetching;
    if (!ended) return;
    const facts = { ...factsOf(token), step: url };
    if (failure === undefined) this.log.record('phone-home-done', facts);
    else this.log.recordFailure('phone-home-failed', failure, facts);
  }

  private recordUnreadable(token: Token): void {
    if (this.watched === 'everything' && token.known.kind === 'unreadable')
      this.log.recordFailure('card-not-recognized', token.known.failure, factsOf(token));
  }

  private recordCard(kind: EventKind, token: Token): void {
    if (this.watched === 'everything') this.log.record(kind, factsOf(token));
  }

  private follow(token: Token, operation: Operation): void {
    const facts = { ...factsOf(token), operation: operation.kind };
    this.log.record('operation-started', facts);
    operation.finished.then(
      end => this.recordEnd(end, { ...facts, ...statusOf(token) }),
      (error: unknown) => this.log.recordFailure('operation-failed', asFailure(error), facts),
    );
  }

  private recordEnd({ failure }: OperationEnd, facts: EventFacts): void {
    if (failure === undefined) return this.log.record('operation-done', facts);
    if (failure.code === 'cancelled') return this.log.recordFailure('operation-cancelled', failure, facts);
    const cause = causeOf(failure.code);
    if (cause !== undefined) this.log.recordFailure(cause, failure, facts);
    this.log.recordFailure('operation-failed', failure, facts);
  }
}

/** Writes down a command of an operation that the card did not just answer with 9000. */
export function recordAnswer(log: EventLog, token: Token, command: Uint8Array, answer: Uint8Array): void {
  if (answer.length < 2) return;
  const word = statusWord(answer);
  const more = word >>> 8 === 0x61 || word >>> 8 === 0x6c;
  if (word === 0x9000 || more) return;
  const result = formatStatusWord(word);
  log.record('card-status', {
    ...factsOf(token),
    code: 'card-refused',
    result,
    step: commandName(command),
  });
}

function causeOf(code: FailureCode): EventKind | undefined {
  if (refused.has(code)) return 'tps-error';
  if (tpsLost.has(code)) return 'tps-lost';
  return cardLost.has(code) ? 'card-lost' : undefined;
}

function factsOf(token: Token): EventFacts {
  const { reader, eventCount: insertion, atrText: atr, cuid } = token;
  return { reader, insertion, atr, ...(cuid === '' ? {} : { cuid }), ...statusOf(token) };
}

function statusOf({ summary }: Token): EventFacts {
  return summary === undefined ? {} : { status: summary.status };
}
