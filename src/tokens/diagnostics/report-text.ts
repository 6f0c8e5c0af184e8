import { Failure, type FailureCode } from '../../base/failure.js';
import { showable } from '../../card/text.js';
import { columnsOf, padTo } from '../../io/columns.js';
import { _, fill } from '../../io/text.js';
import { explainInline } from '../sentences.js';
import type { DiagnosedCard, DiagnosedCertificate, DiagnosticsReport } from './report.js';

/** A heading and what is below it: a name and a value each. */
export interface Section {
  readonly title: string;
  /** Where the card is that it is about. */
  readonly reader?: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

/**
 * The report as a person reads it, in the order of the guide's list.
 * @param dateText how a date of ISO 8601 is written; text that is passed on has it as it is
 */
export function reportSections(
  report: DiagnosticsReport,
  dateText: (date: string) => string = date => date,
): Section[] {
  const { software, readers, cards, problem } = report;
  return [
    {
      title: _('Software'),
      rows: [
        [_('Smart Card Manager'), software.client],
        ['GJS', orUnknown(software.gjs)],
        ['GTK', orUnknown(software.gtk)],
        ['Adwaita', orUnknown(software.adwaita)],
        ['pcsc-lite', orUnknown(software.pcscLite)],
      ],
    },
    {
      title: _('Smart Cards'),
      rows: [
        ...(problem === null ? [] : [[_('Problem'), problemText(problem)] as const]),
        [_('Number of Readers'), String(readers.length)],
        [_('Number of Cards'), String(cards.length)],
        ...readers.map(reader => [_('Reader'), showable(reader)] as const),
      ],
    },
    ...cards.flatMap((card, index) => cardSections(card, index + 1, dateText)),
  ];
}

function cardSections(card: DiagnosedCard, number: number, dateText: (date: string) => string): Section[] {
  const none = _('none');
  const title = fill(_('Card {number}'), { number });
  const certificates = card.certificates.map((certificate, index) => ({
    title: `${title}: ${fill(_('Certificate {number}'), { number: index + 1 })}`,
    rows: certificateRows(certificate, dateText),
  }));
  return [
    {
      title,
      reader: card.reader,
      rows: [
        [_('Reader'), showable(card.reader)],
        [_('Applet Version'), card.appletVersion || none],
        [_('Card Number (CUID)'), orUnknown(card.cuid)],
        [_('Status'), card.status],
        [_('Unfinished'), card.unfinished ? _('yes: format, then enroll') : _('no')],
        [_('Issuer'), orUnknown(card.issuer)],
        [_('Card Type (ATR)'), card.atr || none],
        [_('CoolKey'), card.isCoolKey ? _('yes') : _('no')],
        [_('Phone Home URL on the Card'), card.phoneHomeUrlOnCard || none],
        [_('Phone Home URL in Use'), card.phoneHomeUrl || none],
        [_('Server for Operations (TPS)'), card.tpsUrl || none],
        [_('Enrollment Page'), card.enrollmentUrl || none],
        ...(card.problem === null ? [] : [[_('Problem'), problemText(card.problem, card.reader)] as const]),
        [_('Number of Certificates'), String(card.certificates.length)],
      ],
    },
    ...certificates,
  ];
}

function certificateRows(
  certificate: DiagnosedCertificate,
  dateText: (date: string) => string,
): Section['rows'] {
  return [
    [_('Nickname'), certificate.nickname],
    [_('Subject'), certificate.subject],
    [_('Issuer'), certificate.issuer],
    [_('Valid From'), dateText(certificate.notBefore)],
    [_('Valid Until'), dateText(certificate.notAfter)],
    [_('Serial Number'), certificate.serialNumber],
    [_('Key'), certificate.key],
    [_('Key Usage'), certificate.keyUsage.join(', ') || _('any')],
    ['SHA-256', certificate.sha256],
  ];
}

/** The report as text, for files, mails and terminals. */
export function reportText(report: DiagnosticsReport): string {
  return reportSections(report).map(sectionText).join('\n\n');
}

function sectionText({ title, rows }: Section): string {
  const width = Math.max(...rows.map(([name]) => columnsOf(name)));
  return [title, ...rows.map(([name, value]) => `  ${padTo(width, name)}  ${value}`)].join('\n');
}

function problemText(code: FailureCode, reader = ''): string {
  const facts = reader === '' ? {} : { reader: showable(reader) };
  return explainInline(new Failure(code, '', facts));
}

function orUnknown(text: string): string {
  return text || _('unknown');
}
