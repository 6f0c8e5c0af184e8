import Adw from 'gi://Adw';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk';
import { deferred } from '../base/deferred.js';
import { asFailure } from '../base/failure.js';
import { addAction } from '../io/action.js';
import { _, fill, ngettext } from '../io/text.js';
import type { OpenModel } from '../tokens/model.js';
import type { Operation, OperationEnd, WorkKind } from '../tokens/operation.js';
import type { Registry } from '../tokens/registry.js';
import type { Settings } from '../tokens/settings.js';
import type { Token } from '../tokens/token.js';
import { ask } from './ask.js';
import { CardsView } from './cards-view.js';
import { tellFailure } from './failure-dialog.js';
import { noCardsPage } from './no-cards.js';
import { openOver, openWindow } from './open-window.js';
import { PhoneHomeControl } from './phone-home-control.js';
import { operationTitle, ownerOf } from './words.js';

const operations = {
  enroll: 'enroll',
  'reset-password': 'reset-pin',
  format: 'format',
  'test-card': 'test-card',
  'change-password': 'change-password',
} as const;

/** The one window: the cards that are in, and the selected one. */
export class Window extends Adw.ApplicationWindow {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscWindow',
        Template: 'resource:///io/github/escproject/Esc/ui/window.ui',
        InternalChildren: ['toasts', 'stack', 'status_page', 'primary_menu'],
      },
      this,
    );
  }

  declare private _toasts: Adw.ToastOverlay;
  declare private _stack: Gtk.Stack;
  declare private _status_page: Adw.StatusPage;
  declare private _primary_menu: Gio.MenuModel;

  /** Made when there is the first card to show. */
  private cards: CardsView | undefined;
  private readonly running = new Set<Operation>();
  private closing = false;
  /** A second press before the question shows does not ask twice. */
  private asking = false;

  private phoneHome: PhoneHomeControl | undefined;
  private model: OpenModel | undefined;
  /** For what is asked for before there is a model. */
  private readonly whenWatching = deferred<OpenModel>();

  public constructor(
    application: Adw.Application,
    public readonly settings: Settings,
  ) {
    super({ application });
    const { store } = settings;
    store.connect('changed::hide-format', () => this.updateActions());
    store.bind('window-width', this, 'default-width', Gio.SettingsBindFlags.DEFAULT);
    store.bind('window-height', this, 'default-height', Gio.SettingsBindFlags.DEFAULT);
    this.addActions();
    this.connect('close-request', () => this.confirmClose());
    this.update();
  }

  /** From now on the window shows the cards. */
  public watch(model: OpenModel): void {
    this.model = model;
    const unsubscribe = model.registry.onChange(() => this.update());
    const phoneHome = new PhoneHomeControl(this, model, () => this.selected);
    this.connect('destroy', () => {
      unsubscribe();
      phoneHome.close();
    });
    this.update();
    this.phoneHome = phoneHome;
    this.whenWatching.resolve(model);
  }

  /** Opens the Phone Home dialog of the selected card, or of all cards. */
  public showPhoneHome(): void {
    void this.whenWatching.promise.then(() => this.phoneHome?.open());
  }

  /** @param token the card of which they are wanted */
  public showDiagnostics(token?: Token): void {
    openOver(this, async () => {
      const model = await this.whenWatching.promise;
      const { DiagnosticsWindow } = await import('./diagnostics/diagnostics-window.js');
      const window = openWindow(DiagnosticsWindow) ?? new DiagnosticsWindow(model);
      window.transient_for = this;
      if (token !== undefined) window.showCard(token);
      return window;
    });
  }

  /** The card that is shown, or else the first that is in. */
  public get tokenInQuestion(): Token | undefined {
    return this.selected ?? this.model?.registry.list()[0];
  }

  public showCard(token: Token): void {
    this.cards?.choose(token);
  }

  /** The card that the page shows. */
  private get selected(): Token | undefined {
    return this.cards?.selected;
  }

  private addActions(): void {
    for (const [name, kind] of Object.entries(operations))
      addAction(this, name, () => {
        if (this.selected !== undefined) this.operate(this.selected, kind);
      });
    addAction(this, 'back', () => this.cards?.back());
    addAction(this, 'card-diagnostics', () => this.showDiagnostics(this.selected));
  }

  private updateActions(): void {
    for (const [name, kind] of Object.entries(operations))
      (this.lookup_action(name) as Gio.SimpleAction).enabled =
        (this.selected?.allows(kind) ?? false) && !(kind === 'format' && this.settings.hidesFormat);
  }

  private update(): void {
    const registry = this.model?.registry;
    if (registry === undefined || registry.tokens.get_n_items() === 0) {
      const { icon, title, description } = noCardsPage(
        registry ?? { state: { kind: 'starting' }, readers: [] },
      );
      this._status_page.icon_name = icon;
      this._status_page.title = title;
      this._status_page.description = description;
      this._stack.visible_child_name = 'status';
    } else {
      this.cards ??= this.addCardsView(registry);
      this._stack.visible_child = this.cards;
    }
    this.cards?.update();
    this.updateActions();
  }

  private addCardsView(registry: Registry): CardsView {
    const view = new CardsView(registry, this._primary_menu, this.settings.store);
    view.connect('changed', () => this.updateActions());
    view.connect('operate', (_view: CardsView, token: Token, kind: WorkKind) => {
      this.operate(token, kind);
    });
    view.connect('copied', () => this._toasts.add_toast(new Adw.Toast({ title: _('Copied') })));
    this._stack.add_child(view);
    return view;
  }

  private operate(token: Token, kind: WorkKind): void {
    this.runOperation(token, kind).catch((error: unknown) => {
      void tellFailure(this, asFailure(error));
    });
  }

  private async runOperation(token: Token, kind: WorkKind): Promise<void> {
    const { model } = this;
    if (model === undefined || this.asking || !token.allows(kind)) return;
    if (kind === 'format' && !(await this.confirmFormat(token))) return;
    const { WindowPrompter } = await import('./window-prompter.js');
    if (!token.allows(kind)) return;
    const prompter = new WindowPrompter(this, kind, token.needsFormat);
    const operation =
      kind === 'test-card' || kind === 'change-password'
        ? model.cardTasks.start(token, kind, prompter)
        : model.operator.start(token, kind, prompter);
    this.running.add(operation);
    const end = await operation.finished;
    this.running.delete(operation);
    if (this.closing) {
      this.closeWhenIdle();
      return;
    }
    this.showEnd(token, kind, end);
  }

  private showEnd(token: Token, kind: WorkKind, end: OperationEnd): void {
    // A person who cancelled before anything happened to the card knows that.
    if (end.failure?.code === 'cancelled' && !end.cardTouched) return;
    const page = this.cards?.pageOf(token);
    if (page !== undefined) page.showEnd(kind, end);
    // With the card its page is gone.
    else if (end.failure !== undefined) void tellFailure(this, end.failure);
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
      heading: fill(_('{operation} Is Not Finished'), {
        operation: operationTitle(operation.kind),
      }),
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
