import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import type { ShownCertificate } from '../base/untrusted-server.js';
import { _ } from '../io/text.js';
import { fingerprintLines } from './fingerprint.js';
import { textRow } from './text-row.js';

/** Lines. */
const longestName = 4;

/** What a person compares before trusting a certificate. */
export function certificateRows(certificate: ShownCertificate): Gtk.Widget[] {
  const { subject, issuer, notAfter, sha256 } = certificate;
  return [
    textRow(_('Issued To'), subject || '–', longestName),
    fingerprintRow(sha256),
    textRow(_('Issued By'), (issuer === subject ? _('Itself') : issuer) || '–', longestName),
    textRow(_('Valid Until'), dateText(notAfter)),
  ];
}

/** A short name for a certificate: its common name, where it has one. */
export function shortName({ subject }: ShownCertificate): string {
  return /(?:^|,)CN=((?:[^,\\]|\\.)+)/.exec(subject)?.[1] ?? subject;
}

function fingerprintRow(sha256: string): Gtk.Widget {
  return new Adw.ActionRow({
    title: _('Fingerprint (SHA-256)'),
    subtitle: `<tt>${fingerprintLines(sha256)}</tt>`,
    subtitle_lines: 0,
  });
}

function dateText(iso: string): string {
  // The types do not know that it may not understand.
  const date = GLib.DateTime.new_from_iso8601(iso, null) as GLib.DateTime | null;
  return date?.to_local()?.format('%x') ?? iso;
}
