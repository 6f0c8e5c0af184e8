import Adw from 'gi://Adw';
import type Gdk from 'gi://Gdk';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { asFailure } from '../base/failure.js';
import { addAction, addTextAction } from '../io/action.js';
import { idle } from '../io/idle.js';
import { usageError } from '../io/program-options.js';
import { isSandboxed } from '../io/sandbox.js';
import { _, fill } from '../io/text.js';
import { keepAutostart } from '../tokens/autostart.js';
import type { Installation, OpenModel } from '../tokens/model.js';
import { Settings } from '../tokens/settings.js';
import { startAgentNow } from '../tokens/start-agent.js';
import { pages } from './pages.js';
import { WantedCard } from './wanted-card.js';
import { Window } from './window.js';

const applicationId = 'io.github.escproject.Esc';
const resourcePath = '/io/github/escproject/Esc';

const shortcuts: Readonly<Record<string, string[]>> = {
  'app.quit': ['<Control>q'],
  'window.close': ['<Control>w'],
  'app.preferences': ['<Control>comma'],
  'app.show-shortcuts': ['<Control>question'],
  'app.diagnostics': ['<Control>d'],
  'win.back': ['<Alt>Left'],
  'win.enroll': ['<Control>e'],
  'win.reset-password': ['<Control>r'],
  'win.format': ['<Control><Shift>f'],
  'win.test-card': ['<Control>t'],
  'win.change-password': ['<Control><Shift>r'],
};

/** The program `esc`: one instance a session, one window. */
export class Application extends Adw.Application {
  static {
    GObject.registerClass({ GTypeName: 'EscApplication' }, this);
  }

  private model: OpenModel | undefined;
  private readonly wantedCard = new WantedCard();

  public constructor(private readonly installation: Installation) {
    super({
      application_id: applicationId,
      // Its icons too: the icon theme is told of them in time. Told once more, it would be read again.
      resource_base_path: resourcePath,
      flags: Gio.ApplicationFlags.CAN_OVERRIDE_APP_ID,
    });
    addAction(this, 'quit', () => this.quitPolitely());
    addAction(this, 'about', () => this.showAbout());
    addAction(this, 'show-shortcuts', () => this.showShortcuts());
    this.addPages();
    this.addOptions();
    for (const [action, accelerators] of Object.entries(shortcuts))
      this.set_accels_for_action(action, accelerators);
  }

  public override vfunc_handle_local_options(options: GLib.VariantDict): number {
    if (options.contains('background')) return startAgent();
    if (!options.contains('page')) return -1;
    const page = options.lookup_value('page', null).unpack<string>();
    if (!(page in pages)) {
      printerr(fill(_('There is no page “{page}”; there are: {pages}'), { page, pages: pageNames() }));
      return usageError;
    }
    this.register(null);
    this.activate_action(page, null);
    return this.is_remote ? 0 : -1;
  }

  public override vfunc_startup(): void {
    // What X11 and screen readers call the program: the name of its desktop entry.
    GLib.set_prgname(applicationId);
    super.vfunc_startup();
    Gtk.Window.set_default_icon_name(applicationId);
  }

  public override vfunc_activate(): void {
    this.present();
  }

  public override vfunc_shutdown(): void {
    this.model?.close();
    super.vfunc_shutdown();
  }

  private present(): Window {
    const window = this.mainWindow() ?? this.openWindow();
    window.present();
    return window;
  }

  private openWindow(): Window {
    const window = new Window(this, Settings.open(this.installation.schemadir));
    void this.watchCards(window);
    return window;
  }

  private async watchCards(window: Window): Promise<void> {
    // All that the cards need, and those that are in, would delay the first frame.
    await firstFrame(window);
    await idle();
    // GJS 1.74 aborts when a program ends while a module is being loaded.
    this.hold();
    try {
      const [{ openModel }, { WindowCards }] = await Promise.all([
        import('../tokens/model.js'),
        import('./window-cards.js'),
      ]);
      // The window may have been closed meanwhile.
      if (this.mainWindow() !== window) return;
      this.model ??= openModel(this.installation);
      window.watch(new WindowCards(window.parts, this.model));
      this.tellAgent(window, this.model);
      this.wantedCard.watch(this.model.registry, token => this.mainWindow()?.showCard(token));
    } finally {
      this.release();
    }
  }

  /** Starts the agent too; not for a window of another name, as the demo's is. */
  private tellAgent(window: Window, { agent, settings }: OpenModel): void {
    if (this.application_id !== applicationId) return;
    agent.startAgent();
    const tell = (): void => agent.setWindowActive(window.is_active);
    window.connect('notify::is-active', tell);
    tell();
    const connection = this.get_dbus_connection();
    // Under Flatpak the agent alone does, for the person to be asked once.
    if (connection !== null && !isSandboxed()) keepAutostart(settings, connection);
  }

  private mainWindow(): Window | undefined {
    return this.get_windows().find(window => window instanceof Window);
  }

  private addPages(): void {
    for (const [name, open] of Object.entries(pages)) addAction(this, name, () => open(this.present()));
    addTextAction(this, 'show-card', cuid => {
      this.present();
      this.wantedCard.want(cuid);
    });
  }

  private addOptions(): void {
    const { NONE } = GLib.OptionFlags;
    const background = _('Start the agent, which waits for smart cards, and no window');
    this.add_main_option('background', 0, NONE, GLib.OptionArg.NONE, background, null);
    const page = fill(_('Open a page: {pages}'), { pages: pageNames() });
    this.add_main_option('page', 0, NONE, GLib.OptionArg.STRING, page, _('PAGE'));
  }

  /** Through the window, which asks while an operation runs. */
  private quitPolitely(): void {
    const window = this.mainWindow();
    if (window === undefined) this.quit();
    else window.close();
  }

  private showShortcuts(): void {
    void import('./shortcuts-window.js').then(({ ShortcutsWindow }) =>
      new ShortcutsWindow(this, this.active_window).present(),
    );
  }

  private showAbout(): void {
    const parent = this.active_window;
    const theme = Gtk.IconTheme.get_for_display(parent.get_display());
    // The icon need not be installed where desktops look. Only now, since drawing it would delay the first frame.
    const icons = `${GLib.path_get_dirname(this.installation.pkgdatadir)}/icons`;
    if (!theme.search_path.includes(icons)) theme.add_search_path(icons);
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
    about.transient_for = parent;
    about.present();
  }
}

function pageNames(): string {
  return Object.keys(pages).join(', ');
}

/** Waits until a new window has drawn itself. */
function firstFrame(window: Gtk.Window): Promise<void> {
  return new Promise(resolve => {
    window.connect('realize', () => {
      // What is realized has one.
      const clock = window.get_frame_clock() as Gdk.FrameClock;
      const handler = clock.connect('after-paint', () => {
        clock.disconnect(handler);
        resolve();
      });
    });
  });
}

/** @returns the exit status */
function startAgent(): number {
  try {
    startAgentNow();
    return 0;
  } catch (error) {
    printerr(_('The agent cannot be started.'), asFailure(error).detail);
    return 1;
  }
}
