import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { deferred } from '../base/deferred.js';
import { systemClock } from '../io/clock.js';
import { _ } from '../io/text.js';
import type { Settings } from '../tokens/settings.js';
import type { Token } from '../tokens/token.js';
import { openOver, openWindow } from './open-window.js';
import type { WindowCards, WindowParts } from './window-cards.js';
import { whenClosed } from './when-closed.js';
import { wrapWindowTitle } from './wrap-title.js';

/** Milliseconds until a person is told that the cards are looked for. Sooner, most would see it only flash. */
const lookingIsTold = 500;

/** The one window. What it needs for the cards is loaded once it shows. */
export class Window extends Adw.ApplicationWindow {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscWindow',
        Template: 'resource:///io/github/escproject/Esc/ui/window.ui',
        InternalChildren: ['toasts', 'stack', 'header', 'status_page', 'primary_menu'],
      },
      this,
    );
  }

  declare private _toasts: Adw.ToastOverlay;
  declare private _stack: Gtk.Stack;
  declare private _header: Adw.HeaderBar;
  declare private _status_page: Adw.StatusPage;
  declare private _primary_menu: Gio.MenuModel;

  private cards: WindowCards | undefined;
  /** For what is asked for before. */
  private readonly whenWatching = deferred<WindowCards>();

  public constructor(
    application: Adw.Application,
    public readonly settings: Settings,
  ) {
    super({ application });
    wrapWindowTitle(this._header);
    const { store } = settings;
    store.bind('window-width', this, 'default-width', Gio.SettingsBindFlags.DEFAULT);
    store.bind('window-height', this, 'default-height', Gio.SettingsBindFlags.DEFAULT);
    const untell = systemClock.after(lookingIsTold, () => this.tellLooking());
    whenClosed(this, () => {
      untell();
      closeOthers(this);
    });
  }

  public get parts(): WindowParts {
    return {
      window: this,
      toasts: this._toasts,
      stack: this._stack,
      statusPage: this._status_page,
      menu: this._primary_menu,
      showDiagnostics: token => this.showDiagnostics(token),
    };
  }

  /** From now on the window has cards. */
  public watch(cards: WindowCards): void {
    this.cards = cards;
    this.whenWatching.resolve(cards);
  }

  /** Opens the Phone Home dialog of the selected card, or of all cards. */
  public showPhoneHome(): void {
    void this.whenWatching.promise.then(({ phoneHome }) => phoneHome.open());
  }

  /** @param token the card of which they are wanted */
  public showDiagnostics(token?: Token): void {
    openOver(this._toasts, async () => {
      const { model } = await this.whenWatching.promise;
      const { DiagnosticsWindow } = await import('./diagnostics/diagnostics-window.js');
      const window = openWindow(DiagnosticsWindow) ?? new DiagnosticsWindow(model);
      window.transient_for = this;
      if (token !== undefined) window.showCard(token);
      return window;
    });
  }

  /** Tells of the card that is shown, or else the first that is in, now and whenever that changes. @returns ends it */
  public followToken(look: (token: Token) => void): () => void {
    let end = (): void => undefined;
    let ended = false;
    void this.whenWatching.promise.then(cards => {
      if (!ended) end = cards.followToken(look);
    });
    return () => {
      ended = true;
      end();
    };
  }

  public showCard(token: Token): void {
    this.cards?.showCard(token);
  }

  /** Unless there is more to tell by now. */
  private tellLooking(): void {
    if (this._status_page.title !== '') return;
    this._status_page.icon_name = 'esc-reader-symbolic';
    this._status_page.title = _('Looking for Smart Cards');
  }
}

/** While the program still runs: what is open at its end cannot clean up after itself. */
function closeOthers(window: Gtk.Window): void {
  for (const other of Gtk.Window.list_toplevels())
    if (other instanceof Gtk.Window && other !== window) {
      other.close();
      // GTK 4.8 would look at this one when GJS lets go of the other, which may be last of all.
      other.set_transient_for(null);
    }
}
