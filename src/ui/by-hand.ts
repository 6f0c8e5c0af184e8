import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import type { CardModule } from '../desktop/modules.js';
import { _ } from '../io/text.js';
import { textRow } from './text-row.js';

/** Where the module lies on Debian, for a reader whose module cannot be seen from here. */
const usual: CardModule = {
  name: 'OpenSC',
  path: '/usr/lib/x86_64-linux-gnu/onepin-opensc-pkcs11.so',
};

/** What to do where a click cannot do it: a row a step. */
export class ByHand {
  public readonly rows: readonly Adw.ActionRow[];
  private readonly file = step(_('The File of the Module'));
  private readonly command = step(_('Chromium and Google Chrome, in a Terminal'));

  public constructor() {
    this.rows = [
      step(
        _('Firefox and Thunderbird'),
        _('Settings › Privacy & Security › Security Devices › Load: any name, and the file of the module.'),
      ),
      withCopy(this.file),
      withCopy(this.command),
      step(
        _('Trust the Issuer'),
        _(
          'Settings › Privacy & Security › View Certificates › Authorities › Import: the file with the CA certificate chain. Compare the fingerprints before you tick web sites and mail.',
        ),
      ),
      step(
        _('Browsers in a Sandbox'),
        _(
          'A browser that was installed as a Flatpak or Snap cannot load the modules of the system. Install the package of your distribution instead.',
        ),
      ),
    ];
    this.show(undefined);
  }

  /** @param module undefined where it is not known which is installed */
  public show(module: CardModule | undefined): void {
    const { name, path } = module ?? usual;
    this.file.subtitle = path;
    this.command.subtitle = `modutil -dbdir "sql:$HOME/.pki/nssdb" -add "${name}" -libfile ${path}`;
  }
}

function step(title: string, subtitle = ''): Adw.ActionRow {
  const row = textRow(title, subtitle);
  row.title_lines = 0;
  return row;
}

function withCopy(row: Adw.ActionRow): Adw.ActionRow {
  const button = new Gtk.Button({
    icon_name: 'esc-copy-symbolic',
    valign: Gtk.Align.CENTER,
    css_classes: ['flat'],
    tooltip_text: _('Copy'),
  });
  // The row's title is added by itself.
  button.update_property([Gtk.AccessibleProperty.LABEL], [_('Copy')]);
  button.connect('clicked', () => row.get_clipboard().set(row.subtitle));
  row.add_suffix(button);
  row.activatable_widget = button;
  return row;
}
