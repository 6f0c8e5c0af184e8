import Adw from 'gi://Adw';
import Gdk from 'gi://Gdk';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import { openModel, type Installation, type OpenModel } from '../tokens/model.js';
import { Window } from './window.js';

const applicationId = 'io.github.escproject.Esc';
const resourcePath = '/io/github/escproject/Esc';

const shortcuts: Readonly<Record<string, string[]>> = {
  'app.quit': ['<Control>q'],
  'window.close': ['<Control>w'],
  'win.show-help-overlay': ['<Control>question'],
  'win.back': ['<Alt>Left'],
  'win.enroll': ['<Control>e'],
  'win.reset-password': ['<Control>r'],
  'win.format': ['<Control><Shift>f'],
};

/** The program `esc`: one instance a session, one window. */
export class Application extends Adw.Application {
  static {
    GObject.registerClass({ GTypeName: 'EscApplication' }, this);
  }

  private model: OpenModel | undefined;

  public constructor(private readonly installation: Installation) {
    super({
      application_id: applicationId,
      resource_base_path: resourcePath,
      flags: Gio.ApplicationFlags.CAN_OVERRIDE_APP_ID,
    });
    this.addSimpleAction('quit', () => this.quitPolitely());
    this.addSimpleAction('about', () => this.showAbout());
    for (const [action, accelerators] of Object.entries(shortcuts))
      this.set_accels_for_action(action, accelerators);
  }

  public override vfunc_startup(): void {
    super.vfunc_startup();
    const display = Gdk.Display.get_default();
    if (display !== null) Gtk.IconTheme.get_for_display(display).add_resource_path(`${resourcePath}/icons`);
    Gtk.Window.set_default_icon_name(applicationId);
  }

  public override vfunc_activate(): void {
    this.model ??= openModel(this.installation);
    (this.mainWindow() ?? new Window(this, this.model)).present();
  }

  public override vfunc_shutdown(): void {
    this.model?.close();
    super.vfunc_shutdown();
  }

  private mainWindow(): Window | undefined {
    return this.get_windows().find(window => window instanceof Window);
  }

  private addSimpleAction(name: string, run: () => void): void {
    const action = new Gio.SimpleAction({ name });
    action.connect('activate', run);
    this.add_action(action);
  }

  /** Through the window, which asks while an operation runs. */
  private quitPolitely(): void {
    const window = this.mainWindow();
    if (window === undefined) this.quit();
    else window.close();
  }

  private showAbout(): void {
    const about = new Adw.AboutWindow({
      application_name: _('Smart Card Manager'),
      application_icon: applicationId,
      version: this.installation.version,
      developer_name: _('The ESC project'),
      license_type: Gtk.License.GPL_3_0,
      website: 'https://github.com/escproject/esc',
      // Translators: your names, one a line; they stand in the About window.
      translator_credits: _('translator-credits'),
    });
    about.transient_for = this.active_window;
    about.present();
  }
}
