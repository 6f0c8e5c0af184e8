import Adw from 'gi://Adw';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk';
import { _, fill } from '../../io/text.js';
import type { TrustedCertificate, TrustedServers } from '../../tokens/trusted-servers.js';
import { setAccessibleName } from '../accessible-name.js';
import { certificateRows, shortName } from '../certificate-rows.js';
import { whenClosed } from '../when-closed.js';
import { lockedText } from './lock.js';

/** The issuers and servers that were trusted by hand, with the way back. */
export function trustedGroup(window: Gtk.Window, trusted: TrustedServers): Adw.PreferencesGroup {
  const group = new Adw.PreferencesGroup({ title: _('Trusted Servers') });
  let rows: Gtk.Widget[] = [];
  const show = (): void => {
    for (const row of rows) group.remove(row);
    const entries = trusted.list();
    const trustedText =
      entries.length === 0
        ? _('A server with a certificate of an unknown issuer is shown to you before it is trusted.')
        : _('Trusted by this program beside what the system trusts.');
    group.description = trusted.isLocked ? lockedText() : trustedText;
    rows = entries.map(entry => entryRow(trusted, entry));
    for (const row of rows) group.add(row);
  };
  whenClosed(window, trusted.onChange(show));
  show();
  return group;
}

function entryRow(trusted: TrustedServers, entry: TrustedCertificate): Gtk.Widget {
  const { certificate, kind, locked } = entry;
  const name = certificate === undefined ? _('A certificate that cannot be read') : shortName(certificate);
  const row = new Adw.ExpanderRow({ title: GLib.markup_escape_text(name, -1) });
  const what = kind === 'issuer' ? _('Issuer of certificates for servers') : _('One server');
  row.subtitle = locked ? `${what}\n${lockedText()}` : what;
  if (certificate !== undefined) for (const fact of certificateRows(certificate)) row.add_row(fact);
  const remove = new Gtk.Button({ label: _('Remove'), valign: Gtk.Align.CENTER, sensitive: !locked });
  setAccessibleName(remove, fill(_('Trust {name} No Longer'), { name }));
  remove.connect('clicked', () => trusted.remove(entry));
  row.add_action(remove);
  return row;
}
