import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { asFailure } from '../base/failure.js';
import { _, fill, ngettext } from '../io/text.js';
import type { Operation, OperationEnd, OperationKind, Operator } from '../tokens/operation.js';
import type { Registry } from '../tokens/registry.js';
import { explain } from '../tokens/sentences.js';
import type { Settings } from '../tokens/settings.js';
import { Token } from '../tokens/token.js';
import { ask } from './ask.js';
import { CardPage } from './card-page.js';
import { CardRow } from './card-row.js';
import { failureFacts } from './failure-facts.js';
import { noCardsPage } from './no-cards.js';
import { WindowPrompter } from './window-prompter.js';
import { doneText, operationTitle, ownerOf } from './words.js';

/** What the window needs of the rest of the program. */
export interface Model {
  readonly registry: Registry;
  readonly operator: Operator;
  readonly settings: Settings;
}

const operations = { enroll: 'enroll', 'reset-password': 'reset-pin', format: 'format' } as const;

/** The one window: the cards that are in, and the selected one. */
export class Window extends Adw.ApplicationWindow {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscWindow',
        Template: 'resource:///io/github/escproject/Esc/ui/window.ui',
        InternalChildren: [
          'toasts',
          'stack',
          'status_page',
          'leaflet',
          'list_page',
          'separator_page',
          'sidebar',
          'list',
          'list_header',
          'card_header',
          'card_menu_button',
          'back_button',
          'card_stack',
        ],
      },
      this,
    );
  }

  declare private _toasts: Adw.ToastOverlay;
  declare private _stack: Gtk.Stack;
  declare private _status_page: Adw.StatusPage;
  declare private _leaflet: Adw.Leaflet;
  declare private _list_page: Adw.LeafletPage;
  declare private _separator_page: Adw.LeafletPage;
  declare private _sidebar: Gtk.Box;
  declare private _list: Gtk.ListBox;
  declare private _list_header: Adw.HeaderBar;
  declare private _card_header: Adw.HeaderBar;
  declare private _card_menu_button: Gtk.MenuButton;
  declare private _back_button: Gtk.Button;
  declare private _card_stack: Gtk.Stack;

  private readonly pages = new Map<Token, CardPage>();
  private readonly running = new Set<Operation>();
  private readonly unsubscribe: () => void;
  private closing = false;
  /** A second press before the question shows does not ask twice. */
  private asking = false;

  public constructor(
    application: Adw.Application,
    private readonly model: Model,
  ) {
    super({ application });
    const { settings, registry } = model;
    settings.store.bind('window-width', this, 'default-width', Gio.SettingsBindFlags.DEFAULT);
    settings.store.bind('window-height', this, 'default-height', Gio.SettingsBindFlags.DEFAULT);
    this.addActions();
    this._list.bind_model(registry.tokens, token => {
      if (!(token instanceof Token)) throw new TypeError('not a token');
      return new CardRow(token);
    });
    this._list.connect('row-selected', (_list, row) => this.select((row as CardRow | null)?.token));
    this._list.connect('row-activated', () => this._leaflet.navigate(Adw.NavigationDirection.FORWARD));
    this._leaflet.connect('notify::folded', () => this.arrange());
    this._leaflet.connect('notify::visible-child', () => this.updateActions());
    this.unsubscribe = registry.onChange(() => this.update());
    this.connect('close-request', () => this.confirmClose());
    this.connect('destroy', () => this.unsubscribe());
    this.update();
  }

  /** The card that the page shows. */
  private get selected(): Token | undefined {
    return (this._list.get_selected_row() as CardRow | null)?.token;
  }

  private addActions(): void {
    for (const [name, kind] of Object.entries(operations)) {
      const action = new Gio.SimpleAction({ name });
      action.connect('activate', () => {
        if (this.selected !== undefined) this.operate(this.selected, kind);
      });
      this.add_action(action);
    }
    const back = new Gio.SimpleAction({ name: 'back' });
    back.connect('activate', () => this._leaflet.navigate(Adw.NavigationDirection.BACK));
    this.add_action(back);
  }

  private updateActions(): void {
    for (const [name, kind] of Object.entries(operations))
      (this.lookup_action(name) as Gio.SimpleAction).enabled = this.selected?.allows(kind) ?? false;
  }

  private update(): void {
    const tokens = this.model.registry.list();
    for (const [token, page] of this.pages) {
      if (tokens.includes(token)) continue;
      this.pages.delete(token);
      this._card_stack.remove(page);
    }
    if (tokens.length === 0) {
      const { icon, title, description } = noCardsPage(this.model.registry);
      this._status_page.icon_name = icon;
      this._status_page.title = title;
      this._status_page.description = description;
      this._stack.visible_child_name = 'status';
    } else {
      this._stack.visible_child_name = 'cards';
      if (this.selected === undefined) this._list.select_row(this._list.get_row_at_index(0));
      else this.select(this.selected);
    }
    this.arrange();
    this.updateActions();
  }

  /** With one card there is nothing to select: its page has the window for itself. */
  private arrange(): void {
    const several = this.model.registry.tokens.get_n_items() > 1;
    const { folded } = this._leaflet;
    this._sidebar.visible = several;
    this._separator_page.child.visible = several;
    if (!several) this._leaflet.visible_child_name = 'card';
    this._back_button.visible = several && folded;
    this._card_header.show_start_title_buttons = folded || !several;
    this._card_menu_button.visible = folded || !several;
    this._list_header.show_end_title_buttons = folded;
  }

  private select(token: Token | undefined): void {
    if (token !== undefined) this._card_stack.visible_child = this.pageOf(token);
    this.updateActions();
  }

  private pageOf(token: Token): CardPage {
    const known = this.pages.get(token);
    if (known !== undefined) return known;
    const page = new CardPage(token);
    page.connect('operate', (_page: CardPage, kind: OperationKind) => this.operate(token, kind));
    page.connect('copied', () => this._toasts.add_toast(new Adw.Toast({ title: _('Copied') })));
    token.connect('changed', () => this.updateActions());
    this.pages.set(token, page);
    this._card_stack.add_child(page);
    return page;
  }

  private operate(token: Token, kind: OperationKind): void {
    this.runOperation(token, kind).catch((error: unknown) => {
      this.showFailure(asFailure(error));
    });
  }

  private async runOperation(token: Token, kind: OperationKind): Promise<void> {
    if (this.asking || !token.allows(kind)) return;
    if (kind === 'format' && !(await this.confirmFormat(token))) return;
    if (!token.allows(kind)) return;
    const prompter = new WindowPrompter(this, kind, token.needsFormat);
    const operation = this.model.operator.start(token, kind, prompter);
    this.running.add(operation);
    const end = await operation.finished;
    this.running.delete(operation);
    if (this.closing) {
      this.closeWhenIdle();
      return;
    }
    this.showEnd(token, kind, end);
  }

  private showEnd(token: Token, kind: OperationKind, end: OperationEnd): void {
    // A person who cancelled before anything happened to the card knows that.
    if (end.failure?.code === 'cancelled' && !end.cardTouched) return;
    const page = this.pages.get(token);
    if (page !== undefined) page.showEnd(kind, end);
    else if (end.failure !== undefined) this.showFailure(end.failure);
    const words = end.failure === undefined ? doneText(kind) : explain(end.failure);
    if (!this.is_active) this.notifyEnd(words.what);
  }

  private notifyEnd(what: string): void {
    const notification = new Gio.Notification();
    notification.set_title(_('Smart Card Manager'));
    notification.set_body(what);
    this.application.send_notification('operation-end', notification);
  }

  /** For a failure that has no page to be shown on: its card is gone. */
  private showFailure(failure: Parameters<typeof explain>[0]): void {
    const { what, next } = explain(failure);
    const dialog = new Adw.MessageDialog({ transient_for: this, modal: true, heading: what, body: next });
    dialog.add_response('copy', _('Copy Details'));
    dialog.add_response('ok', _('OK'));
    dialog.default_response = 'ok';
    dialog.close_response = 'ok';
    void ask(dialog).then(response => {
      if (response === 'copy') this.get_clipboard().set(failureFacts(failure));
    });
  }

  private async confirmFormat(token: Token): Promise<boolean> {
    const dialog = new Adw.MessageDialog({
      transient_for: this,
      modal: true,
      heading: _('Format This Card?'),
      body: formatLoss(token),
    });
    dialog.add_response('cancel', _('Cancel'));
    dialog.add_response('format', _('Format'));
    dialog.set_response_appearance('format', Adw.ResponseAppearance.DESTRUCTIVE);
    dialog.default_response = 'cancel';
    dialog.close_response = 'cancel';
    this.asking = true;
    const response = await ask(dialog);
    this.asking = false;
    return response === 'format';
  }

  /** @returns true keeps the window open. */
  private confirmClose(): boolean {
    if (this.running.size === 0) return false;
    void this.askToStop();
    return true;
  }

  private async askToStop(): Promise<void> {
    const [operation] = this.running;
    if (operation === undefined || this.closing) return;
    const dialog = new Adw.MessageDialog({
      transient_for: this,
      modal: true,
      heading: fill(_('{operation} Is Not Finished'), { operation: operationTitle(operation.kind) }),
      body: _(
        'If you stop now, the card may stay unfinished: it then has to be formatted and enrolled again.',
      ),
    });
    dialog.add_response('wait', _('Go On'));
    dialog.add_response('stop', _('Stop and Close'));
    dialog.set_response_appearance('stop', Adw.ResponseAppearance.DESTRUCTIVE);
    dialog.default_response = 'wait';
    dialog.close_response = 'wait';
    if ((await ask(dialog)) !== 'stop') return;
    this.closing = true;
    for (const running of this.running) running.cancel();
    this.closeWhenIdle();
  }

  private closeWhenIdle(): void {
    if (this.running.size === 0) this.close();
  }
}

function formatLoss(token: Token): string {
  const count = token.contents?.certificates.length ?? 0;
  if (count === 0) return _('Everything on the card is erased, its password too.');
  return fill(
    ngettext(
      'The card of {owner} loses {count} certificate, its keys and its password. What was encrypted for them may no longer be readable.',
      'The card of {owner} loses {count} certificates, their keys and its password. What was encrypted for them may no longer be readable.',
      count,
    ),
    { owner: ownerOf(token), count },
  );
}
