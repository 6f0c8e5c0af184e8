import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';
import { addAction, addTextAction } from '../io/action.js';
import { systemClock } from '../io/clock.js';
import { onSessionReturn } from '../io/session-return.js';
import { _ } from '../io/text.js';
import { keepAutostart } from '../tokens/autostart.js';
import { openCards } from '../tokens/cards.js';
import { openLog } from '../tokens/log/open.js';
import { LogWatcher } from '../tokens/log/watcher.js';
import type { Installation } from '../tokens/model.js';
import { PhoneHome } from '../tokens/phone-home.js';
import { PhoneHomeCache } from '../tokens/phone-home-cache.js';
import { Settings } from '../tokens/settings.js';
import { Agent } from './agent.js';
import { AgentService } from './agent-service.js';
import { IssuerPage, lookUp } from './issuer-page.js';
import { Notices } from './notices.js';
import { Operations } from './operations.js';
import { menuItems, trayStatus, type Situation } from './status.js';
import { Tray } from './tray/tray.js';
import { onUninstalled } from './uninstallation.js';
import { WindowDoor } from './window-door.js';

/** The program `escd`: one instance a session, without a window. */
export class AgentApplication extends Gio.Application {
  static {
    GObject.registerClass({ GTypeName: 'EscAgentApplication' }, this);
  }

  private readonly operations = new Operations();
  private service: AgentService | undefined;
  private agent: Agent | undefined;
  private door: WindowDoor | undefined;
  private issuerPage: IssuerPage | undefined;
  private sessionStarts = false;
  private readonly cleanups: (() => void)[] = [];

  public constructor(private readonly installation: Installation) {
    super({ application_id: 'io.github.escproject.Esc.Agent' });
    this.add_main_option(
      'session',
      0,
      GLib.OptionFlags.NONE,
      GLib.OptionArg.NONE,
      _('Started by the session: ends at once where the preferences say so'),
      null,
    );
    // These open the window: notifications lead here, since the desktop knows the agent as their sender.
    addTextAction(this, 'show-card', cuid => this.door?.open('show-card', cuid));
    addAction(this, 'show-cards', () => this.door?.open('show-cards'));
    // The answers to a notification.
    addTextAction(this, 'open-issuer-page', cuid => this.issuerPage?.decide(cuid, 'open'));
    addTextAction(this, 'never-open-issuer-page', cuid => this.issuerPage?.decide(cuid, 'never'));
    addAction(this, 'quit', () => this.quit());
  }

  public override vfunc_handle_local_options(options: GLib.VariantDict): number {
    this.sessionStarts = options.contains('session');
    const settings = Settings.open(this.installation.schemadir);
    return this.sessionStarts && !settings.autostart ? 0 : -1;
  }

  /** Before the name is taken: who waits for the name finds the object. */
  public override vfunc_dbus_register(connection: Gio.DBusConnection, path: string): boolean {
    super.vfunc_dbus_register(connection, path);
    this.service = new AgentService(connection, path, this.installation.pkgdatadir, this.operations, active =>
      this.agent?.setWindowActive(active),
    );
    return true;
  }

  public override vfunc_dbus_unregister(connection: Gio.DBusConnection, path: string): void {
    this.service?.close();
    super.vfunc_dbus_unregister(connection, path);
  }

  public override vfunc_startup(): void {
    super.vfunc_startup();
    this.hold();
    const connection = this.get_dbus_connection();
    if (connection !== null) this.watchCards(connection);
  }

  /** There is nothing to show: it runs, that is all. */
  public override vfunc_activate(): void {
    // Not chained up: the default complains of having nothing to do.
  }

  public override vfunc_before_emit(platformData: GLib.Variant): void {
    const { 'activation-token': token } = platformData.deepUnpack<Record<string, GLib.Variant>>();
    if (this.door !== undefined) this.door.activationToken = token?.unpack<string>() ?? '';
    super.vfunc_before_emit(platformData);
  }

  public override vfunc_shutdown(): void {
    for (const cleanup of this.cleanups.reverse()) cleanup();
    super.vfunc_shutdown();
  }

  private watchCards(connection: Gio.DBusConnection): void {
    const settings = Settings.open(this.installation.schemadir);
    const registry = openCards(this.installation, settings);
    // Before what tells of cards: it knows by whom they were issued.
    const userAgent = `ESC ${this.installation.version}`;
    const phoneHome = new PhoneHome(registry, settings, new PhoneHomeCache(settings), userAgent, 'on-demand');
    const watcher = new LogWatcher(registry, openLog(this.installation));
    this.cleanups.push(
      () => registry.close(),
      () => phoneHome.close(),
      () => watcher.close(),
      // Between two of these nobody sees whether the shim is silent.
      onSessionReturn(() => registry.check()),
      keepAutostart(settings, connection),
      onUninstalled(`${this.installation.pkgdatadir}/escd.js`, systemClock, () => this.quit()),
    );
    const { operations } = this;
    const door = new WindowDoor(connection);
    this.door = door;
    const issuerPage = new IssuerPage(phoneHome, door);
    this.issuerPage = issuerPage;
    const situation: () => Situation = () => ({ registry, operations, troubles: this.agent?.troubles ?? [] });
    const tray = new Tray(connection, this.installation.pkgdatadir, trayStatus(situation()), {
      activated: () => door.open('show-cards'),
      activationToken: token => (door.activationToken = token),
    });
    const actions = {
      showCard: (cuid: string) => door.open('show-card', cuid),
      showPage: (name: string) => door.open(name),
      quit: () => {
        door.quit();
        this.quit();
      },
    };
    this.agent = new Agent({
      registry,
      operations,
      notices: new Notices(this, systemClock, () => settings.notifications),
      clock: systemClock,
      sessionStarts: this.sessionStarts,
      openWindow: cuid => door.open('show-card', cuid),
      lookUp: token => lookUp(token, phoneHome),
      openIssuerPage: token => issuerPage.open(token),
      changed: () => tray.update(trayStatus(situation()), menuItems(situation(), actions)),
    });
    this.cleanups.push(
      () => tray.close(),
      () => this.agent?.close(),
    );
    // What starting has left behind is given back.
    GLib.idle_add(GLib.PRIORITY_LOW, () => {
      System.gc();
      return GLib.SOURCE_REMOVE;
    });
  }
}
