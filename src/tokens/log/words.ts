import { Failure } from '../../base/failure.js';
import { _, fill } from '../../io/text.js';
import { explain, type Explanation } from '../failures/catalogue.js';
import { severities, type EventKind, type LogEvent, type Severity } from './event.js';

/** The kinds as filters and lists call them. */
export function kindText(kind: EventKind): string {
  return kindTexts[kind]();
}

const kindTexts: Readonly<Record<EventKind, () => string>> = {
  'program-started': () => _('Program started'),
  'library-started': () => _('Smart card library started'),
  'pcscd-lost': () => _('Connection to pcscd lost'),
  'reader-attached': () => _('Reader attached'),
  'reader-detached': () => _('Reader detached'),
  'card-inserted': () => _('Card inserted'),
  'card-present': () => _('Card found at the start'),
  'card-removed': () => _('Card removed'),
  'card-read': () => _('Card read'),
  'card-not-recognized': () => _('Card not recognized'),
  'card-lost': () => _('Connection to the card lost'),
  'card-status': () => _('Card status word'),
  'operation-started': () => _('Operation started'),
  'operation-done': () => _('Operation completed'),
  'operation-cancelled': () => _('Operation cancelled'),
  'operation-failed': () => _('Operation failed'),
  'tps-error': () => _('Error from TPS'),
  'tps-lost': () => _('Connection to TPS lost'),
  'phone-home-done': () => _('Phone Home answered'),
  'phone-home-failed': () => _('Phone Home failed'),
};

export const severityTexts: Readonly<Record<Severity, () => string>> = {
  error: () => _('Error'),
  event: () => _('Event'),
  detail: () => _('Detail'),
};

export function severityOf({ kind }: LogEvent): Severity {
  return severities[kind];
}

/** What the event means by the catalogue; undefined of one that is no failure. */
export function explanationOf(event: LogEvent): Explanation | undefined {
  return event.code === undefined ? undefined : explain(new Failure(event.code, event.detail ?? '', event));
}

/** The event in a sentence, with what a failure or a status word means. */
export function eventText(event: LogEvent): string {
  const { kind, step = '', result = '' } = event;
  const explanation = explanationOf(event);
  if (explanation === undefined) return `${kindText(kind)}.`;
  if (kind === 'card-status')
    return fill(_('The card answered {result} to {command}: {meaning}'), {
      result,
      command: step,
      meaning: explanation.what,
    });
  return explanation.what;
}

/** The exact facts, such as `ESC-4014 · enroll · END_OP 14 LOGIN`. */
export function eventFacts(event: LogEvent): string {
  const { program, operation, code, result, step, server, reader, cuid, atr, status, detail } = event;
  const number = explanationOf(event)?.number;
  // Of a card that is there, the reader and the number say which.
  const known = cuid === undefined || event.kind === 'card-inserted' ? atr : undefined;
  return [number, operation, code, result, step, server, status, cuid, reader, known, detail, program]
    .filter(fact => fact !== undefined && fact !== '')
    .join(' · ');
}

/** The local time, to the second, the same in every language. */
export function eventTime({ time }: LogEvent): string {
  const at = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}

/** The event on one line, for files and terminals. */
export function eventLine(event: LogEvent): string {
  return `${eventTime(event)}  ${severityTexts[severityOf(event)]()}  ${kindText(event.kind)}: ${eventText(event)} (${eventFacts(event)})`;
}
