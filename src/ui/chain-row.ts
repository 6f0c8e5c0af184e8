import Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { ChainLink } from '../desktop/ca-chain.js';
import { faultText } from '../desktop/words.js';
import { fingerprintText } from '../io/tls.js';
import { _, fill } from '../io/text.js';
import { dateText } from './certificate-words.js';
import { fingerprintLines } from './fingerprint.js';
import { textRow } from './text-row.js';

/** One certificate of a chain: who it is, what is wrong with it, and what tells it from every other one. */
export function chainRow({ certificate, faults }: ChainLink): Adw.ExpanderRow {
  const { subject, issuer, notBefore, notAfter, sha256, sha1, label } = certificate;
  const valid = fill(_('{from} to {to}'), { from: dateText(notBefore), to: dateText(notAfter) });
  const row = new Adw.ExpanderRow({
    use_markup: false,
    title: subject.commonName ?? label,
    subtitle: [valid, ...faults.map(faultText)].join('\n'),
    expanded: true,
  });
  if (faults.length > 0)
    row.add_prefix(new Gtk.Image({ icon_name: 'esc-warning-symbolic', css_classes: ['warning'] }));
  const facts: (readonly [string, string])[] = [
    [_('Subject'), subject.text],
    [_('Issuer'), issuer.text],
    ['SHA-256', fingerprintLines(fingerprintText(sha256))],
    ['SHA-1', fingerprintLines(fingerprintText(sha1))],
  ];
  for (const [title, text] of facts) row.add_row(textRow(title, text));
  return row;
}
