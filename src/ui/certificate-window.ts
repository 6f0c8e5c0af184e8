import Adw from 'gi://Adw';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { toHex } from '../base/bytes.js';
import type { CardContents } from '../card/card-report.js';
import type { CertificateInfo } from '../card/certificate.js';
import { chainOf } from '../card/chain.js';
import { validityOf } from '../card/validity.js';
import { _, fill } from '../io/text.js';
import { fingerprintText } from '../io/tls.js';
import {
  certificateFileName,
  encodeCertificate,
  type CertificateFormat,
} from '../tokens/certificate-export.js';
import { keyOf, keyTypeText, useText } from '../tokens/key-words.js';
import { dateTimeText, timeText } from './certificate-words.js';
import { closeByKeys } from './close-keys.js';
import { factRow } from './fact-row.js';
import { saveFile } from './save-file.js';
import { scrolledColumn } from './scrolled-column.js';
import { textRow } from './text-row.js';
import { toast } from './toast.js';

/** Everything about one certificate and its key, to look at, copy and export. */
export class CertificateWindow extends Adw.Window {
  static {
    GObject.registerClass({ GTypeName: 'EscCertificateWindow' }, this);
  }

  private readonly toasts = new Adw.ToastOverlay();
  private readonly box = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL, spacing: 24 });

  public constructor(
    parent: Gtk.Window,
    private readonly certificate: CertificateInfo,
    private readonly contents: CardContents,
  ) {
    super({
      transient_for: parent,
      modal: true,
      title: certificate.label,
      default_width: 480,
      default_height: 620,
      width_request: 340,
      height_request: 294,
      accessible_role: Gtk.AccessibleRole.DIALOG,
    });
    const outer = new Gtk.Box({ orientation: Gtk.Orientation.VERTICAL });
    outer.append(this.headerBar());
    this.toasts.child = scrolledColumn(this.box);
    outer.append(this.toasts);
    this.content = outer;
    this.fill_groups();
    closeByKeys(this);
  }

  private headerBar(): Adw.HeaderBar {
    const title = new Adw.WindowTitle({ title: this.certificate.label, subtitle: _('Certificate') });
    return new Adw.HeaderBar({ title_widget: title });
  }

  private fill_groups(): void {
    const { certificate } = this;
    const { subject, issuer, notBefore, notAfter } = certificate;
    this.addGroup(_('Certificate'), [
      [_('Nickname'), certificate.label],
      [_('Subject'), subject.text],
      [_('Issuer'), issuer.text],
      [_('Serial Number'), toHex(certificate.serialNumber)],
      [_('Valid From'), dateTimeText(notBefore)],
      [_('Valid Until'), `${dateTimeText(notAfter)} (${timeText(validityOf(certificate, new Date()))})`],
      [_('Signature Algorithm'), certificate.signatureAlgorithm],
    ]);
    this.addGroup(_('Key'), this.keyFacts());
    this.addGroup(_('Fingerprints'), [
      [_('SHA-256'), fingerprintText(certificate.sha256)],
      [_('SHA-1'), fingerprintText(certificate.sha1)],
    ]);
    this.addChain();
    this.addGroup(_('Extensions'), this.extensionFacts());
    this.addExport();
  }

  private keyFacts(): (readonly [string, string])[] {
    const { certificate, contents } = this;
    const key = keyOf(certificate, contents.keys);
    return [
      [_('Use'), useText(certificate, contents.keys)],
      [_('Type and Size'), keyTypeText(certificate.key)],
      [_('Number on the Card'), key === undefined ? _('The card has no key for it') : String(key.number)],
      [_('Key Usage'), certificate.keyUsage.join(', ')],
      [_('Extended Key Usage'), certificate.extendedKeyUsage.join(', ')],
    ];
  }

  private extensionFacts(): (readonly [string, string])[] {
    return this.certificate.extensions.map(({ name, oid, critical, value }) => {
      const shown = name === '' ? oid : name;
      return [critical ? fill(_('{extension} (critical)'), { extension: shown }) : shown, value];
    });
  }

  private addGroup(title: string, facts: readonly (readonly [string, string])[]): void {
    const group = new Adw.PreferencesGroup({ title });
    for (const [name, value] of facts)
      if (value !== '') group.add(factRow(name, value, text => this.copy(text)));
    this.box.append(group);
  }

  /** From the top down to this certificate, as far as the card has it. */
  private addChain(): void {
    const { certificates, complete } = chainOf(this.certificate, this.contents.certificates);
    const group = new Adw.PreferencesGroup({ title: _('Chain') });
    const top = certificates.at(-1);
    if (!complete && top !== undefined)
      group.add(textRow(top.issuer.commonName ?? top.issuer.text, _('Its certificate is not on the card')));
    for (const link of [...certificates].reverse())
      group.add(
        textRow(
          link.subject.commonName ?? link.subject.text,
          link === this.certificate ? _('This certificate') : link.label,
        ),
      );
    this.box.append(group);
  }

  private addExport(): void {
    const group = new Adw.PreferencesGroup({
      title: _('Export'),
      description: _('The certificate alone: its key never leaves the card.'),
    });
    group.add(this.actionRow(_('As Text (PEM)'), _('Save PEM…'), () => this.save('pem')));
    group.add(this.actionRow(_('As Binary (DER)'), _('Save DER…'), () => this.save('der')));
    group.add(this.actionRow(_('To the Clipboard'), _('Copy PEM'), () => this.copy(this.certificate.pem)));
    this.box.append(group);
  }

  private actionRow(title: string, label: string, act: () => void): Adw.ActionRow {
    const row = new Adw.ActionRow({ title });
    const button = new Gtk.Button({ label, valign: Gtk.Align.CENTER });
    button.connect('clicked', act);
    row.add_suffix(button);
    return row;
  }

  private save(format: CertificateFormat): void {
    const { certificate } = this;
    const file = {
      name: certificateFileName(certificate, format),
      bytes: encodeCertificate(certificate, format),
    };
    saveFile(this, _('Save the Certificate'), file, said => toast(this.toasts, said));
  }

  private copy(text: string): void {
    this.get_clipboard().set(text);
    toast(this.toasts, _('Copied'));
  }
}
