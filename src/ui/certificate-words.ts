import GLib from 'gi://GLib';
import { validityOf, type Validity } from '../card/validity.js';
import { _, fill, ngettext } from '../io/text.js';
import { endingOf } from '../tokens/ending.js';
import type { Token } from '../tokens/token.js';

/** The words of the window for certificates. */

export function dateText(date: Date): string {
  return localTime(date).format('%x') ?? '';
}

export function dateTimeText(date: Date): string {
  return localTime(date).format('%c') ?? '';
}

/** Short, to the second: the date and the time as they are written where the person lives. */
export function momentText(date: Date): string {
  return localTime(date).format('%x %X') ?? '';
}

function localTime(date: Date): GLib.DateTime {
  return GLib.DateTime.new_from_unix_local(Math.floor(date.getTime() / 1000));
}

/** How much time a certificate has, such as “11 months left”. */
export function timeText({ state, days }: Validity): string {
  switch (state) {
    case 'not-yet':
      return fill(ngettext('valid in {count} day', 'valid in {count} days', days), { count: days });
    case 'ended':
      if (days === 0) return _('ended within the last day');
      return fill(ngettext('ended {count} day ago', 'ended {count} days ago', days), { count: days });
    default:
      return timeLeftText(days);
  }
}

function timeLeftText(days: number): string {
  const months = Math.floor(days / 30.44);
  const years = Math.floor(days / 365.25);
  if (days === 0) return _('ends within a day');
  if (days < 61) return fill(ngettext('{count} day left', '{count} days left', days), { count: days });
  if (months < 24)
    return fill(ngettext('{count} month left', '{count} months left', months), { count: months });
  return fill(ngettext('{count} year left', '{count} years left', years), { count: years });
}

/** The warning of a card whose certificates end soon or have ended, with what helps; undefined for every other one. */
export function endingAdvice(token: Token): string | undefined {
  const ending = endingOf(token);
  if (ending === undefined) return undefined;
  const { certificate, ended } = ending;
  const { days } = validityOf(certificate, new Date());
  const values = { name: certificate.label, date: dateText(certificate.notAfter), count: days };
  const left =
    days === 0
      ? _('The certificate “{name}” ends within a day, on {date}.')
      : ngettext(
          'The certificate “{name}” ends in {count} day, on {date}.',
          'The certificate “{name}” ends in {count} days, on {date}.',
          days,
        );
  const what = fill(ended ? _('The certificate “{name}” ended on {date}.') : left, values);
  const next = token.allows('enroll')
    ? _('Enroll the card again to renew it.')
    : _('Ask its issuer for a new one.');
  return `${what} ${next}`;
}
