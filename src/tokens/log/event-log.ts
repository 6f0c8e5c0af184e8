import type { Failure } from '../../base/failure.js';
import { severities, type EventFacts, type EventKind, type LogEvent } from './event.js';

/** Where the lines go and come from: LogFile of src/io. */
export interface LineStore {
  append(line: string): void;
  lines(): string[];
  /** @returns ends the subscription */
  onChange(listener: () => void): () => void;
}

/** Characters of one text: what a card or a server says may be endless. */
const longestText = 500;
/** Milliseconds within which two programs notice the same event. */
const sameMoment = 10_000;

/** What happened, over all programs and starts. Writing reads nothing, so that it costs the agent no memory. */
export class EventLog {
  public constructor(
    private readonly store: LineStore,
    /** esc, escd or escctl. */
    private readonly program: string,
    private readonly pid: number,
  ) {}

  /** Never throws. */
  public record(kind: EventKind, facts: EventFacts = {}): void {
    const { program, pid } = this;
    const event = { time: new Date().toISOString(), program, pid, kind, ...facts };
    this.store.append(
      JSON.stringify(event, (_name, value: unknown) =>
        typeof value === 'string' ? value.slice(0, longestText) : value,
      ),
    );
  }

  public recordFailure(kind: EventKind, failure: Failure, facts: EventFacts = {}): void {
    this.record(kind, { ...facts, ...failure.facts, code: failure.code, detail: failure.detail });
  }

  /** Called when a program has written something. @returns ends the subscription */
  public onChange(listener: () => void): () => void {
    return this.store.onChange(listener);
  }

  /** All that is kept, in the order of time. What two programs noticed of the same thing is one event. */
  public read(): LogEvent[] {
    const events = this.store.lines().flatMap(line => parseEvent(line) ?? []);
    // A file that was put aside may have got another line since.
    events.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
    const noticed = new Map<string, LogEvent>();
    return events.filter(event => {
      const key = [event.kind, event.reader, event.insertion, event.code, event.status].join('\n');
      const twin = noticed.get(key);
      noticed.set(key, event);
      return twin === undefined || !isSame(twin, event);
    });
  }
}

function isSame(twin: LogEvent, event: LogEvent): boolean {
  return (
    twin.pid !== event.pid &&
    sharedKinds.has(event.kind) &&
    Date.parse(event.time) - Date.parse(twin.time) < sameMoment
  );
}

/** What every program that runs notices by itself. */
const sharedKinds = new Set<EventKind>([
  'pcscd-lost',
  'reader-attached',
  'reader-detached',
  'card-inserted',
  'card-removed',
  'card-read',
  'card-not-recognized',
  'phone-home-done',
  'phone-home-failed',
]);

/** @returns undefined for what is no event: a line that was cut off, or one of another version. */
function parseEvent(line: string): LogEvent | undefined {
  // A line that a full disk cut off may stand in front.
  for (const start of [0, line.lastIndexOf('{"time":')]) {
    try {
      const value: unknown = JSON.parse(line.slice(start));
      if (isEvent(value)) return value;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** The file is the user's own: what has the right head is believed. */
function isEvent(value: unknown): value is LogEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { time, kind, program } = value as Partial<LogEvent>;
  return (
    typeof time === 'string' &&
    !Number.isNaN(Date.parse(time)) &&
    typeof kind === 'string' &&
    Object.hasOwn(severities, kind) &&
    typeof program === 'string'
  );
}
