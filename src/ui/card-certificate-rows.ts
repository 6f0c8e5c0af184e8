import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import type { CardContents, KeyInfo } from '../card/card-report.js';
import type { CertificateInfo } from '../card/certificate.js';
import { validityOf } from '../card/validity.js';
import { _, fill } from '../io/text.js';
import { keyAloneText, keyTypeText, keyUseText, useText } from '../tokens/key-words.js';
import { activateBy } from './accessible-name.js';
import { dateText, timeText } from './certificate-words.js';

/** The rows of a card's certificates, and of the keys that have none. */
export class CertificateRows {
  private rows: Gtk.Widget[] = [];

  /** @param open shows everything about a certificate */
  public constructor(
    private readonly group: Adw.PreferencesGroup,
    private readonly open: (certificate: CertificateInfo) => void,
  ) {}

  public show_contents(contents: CardContents | undefined): void {
    for (const row of this.rows) this.group.remove(row);
    const { certificates = [], keys = [] } = contents ?? {};
    this.rows = [
      ...certificates.map(certificate => this.certificateRow(certificate, keys)),
      ...keys.filter(({ certificate }) => certificate === undefined).map(keyRow),
    ];
    for (const row of this.rows) this.group.add(row);
    this.group.visible = this.rows.length > 0;
  }

  private certificateRow(certificate: CertificateInfo, keys: readonly KeyInfo[]): Gtk.Widget {
    const validity = validityOf(certificate, new Date());
    const use = useText(certificate, keys);
    const time = timeText(validity);
    const subtitle = fill(_('{use}, until {date} ({time})'), {
      use,
      date: dateText(certificate.notAfter),
      time,
    });
    const row = new Adw.ActionRow({
      title: GLib.markup_escape_text(certificate.label, -1),
      subtitle: GLib.markup_escape_text(subtitle, -1),
      subtitle_lines: 0,
    });
    if (validity.state !== 'good') row.add_prefix(warning());
    const name = fill(_('View {certificate}'), { certificate: certificate.label });
    activateBy(row, this.viewButton(certificate), name);
    return row;
  }

  /** A button of its own, since screen readers cannot press a row. */
  private viewButton(certificate: CertificateInfo): Gtk.Button {
    const button = new Gtk.Button({
      icon_name: 'esc-next-symbolic',
      valign: Gtk.Align.CENTER,
      tooltip_text: _('View'),
      css_classes: ['flat'],
    });
    button.connect('clicked', () => this.open(certificate));
    return button;
  }
}

function keyRow(key: KeyInfo): Gtk.Widget {
  return new Adw.ActionRow({
    title: keyAloneText(key),
    subtitle: `${keyUseText(key.uses)}, ${keyTypeText(key)}`,
  });
}

function warning(): Gtk.Image {
  return new Gtk.Image({ icon_name: 'esc-warning-symbolic', css_classes: ['warning'] });
}
