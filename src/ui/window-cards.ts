import Adw from 'gi://Adw';
import type Gio from 'gi://Gio';
import type Gtk from 'gi://Gtk';
import { Cancellation } from '../base/cancellation.js';
import { asFailure } from '../base/failure.js';
import { addAction } from '../io/action.js';
import { every } from '../io/clock.js';
import { _ } from '../io/text.js';
import { eachCard } from '../tokens/each-card.js';
import { doubtAbout } from '../tokens/left-behind.js';
import type { OpenModel } from '../tokens/model.js';
import type { Operation, OperationEnd, WorkKind } from '../tokens/operation.js';
import { askPatiently } from '../tokens/patient-prompter.js';
import type { Token } from '../tokens/token.js';
import { CardNews } from './card-news.js';
import { CardsView } from './cards-view.js';
import { confirmFormat, confirmStop } from './confirm-dialogs.js';
import { tellFailure } from './failure-dialog.js';
import { noCardsPage } from './no-cards.js';
import { PhoneHomeControl } from './phone-home-control.js';
import { toast } from './toast.js';
import { whenClosed } from './when-closed.js';
import { whichCard } from './words.js';

const operations = {
  enroll: 'enroll',
  'reset-password': 'reset-pin',
  format: 'format',
  'test-card': 'test-card',
  'change-password': 'change-password',
} as const;

/** Milliseconds. What is on the screen is not to be older. */
const checkInterval = 60_000;

/** What the window gives to the cards. */
export interface WindowParts {
  readonly window: Adw.ApplicationWindow;
  readonly toasts: Adw.ToastOverlay;
  /** Has a page of the name `status` for when there is no card. */
  readonly stack: Gtk.Stack;
  readonly statusPage: Adw.StatusPage;
  readonly menu: Gio.MenuModel;
  /** Shows what is known of a card, or of all. */
  showDiagnostics(token?: Token): void;
}

/** The cards that are in, in the window: the actions for the selected one, and what runs. */
export class WindowCards {
  public readonly phoneHome: PhoneHomeControl;
  /** Made when there is the first card to show. */
  private cards: CardsView | undefined;
  private readonly running = new Set<Operation>();
  private closing = false;
  /** A second press before the question shows does not ask twice. */
  private asking = false;

  public constructor(
    private readonly parts: WindowParts,
    public readonly model: OpenModel,
  ) {
    const { window } = parts;
    const { registry, settings } = model;
    this.addActions();
    // First, since Phone Home asks which card is selected.
    const unsubscribe = registry.onChange(() => this.update());
    this.phoneHome = new PhoneHomeControl(window, model, () => this.selected);
    const news = new CardNews(window, registry);
    const handler = settings.store.connect('changed::hide-format', () => this.updateActions());
    window.connect('notify::is-active', () => registry.check());
    const stopChecking = every(checkInterval, () => registry.check());
    window.connect('close-request', () => this.confirmClose());
    whenClosed(window, () => {
      unsubscribe();
      stopChecking();
      settings.store.disconnect(handler);
      this.phoneHome.close();
      news.close();
    });
    this.update();
  }

  /** See Window.followToken. */
  public followToken(look: (token: Token) => void): () => void {
    const { registry } = this.model;
    const tell = (): void => {
      if (this.selected !== undefined) look(this.selected);
    };
    const ends = [registry.onChange(tell), eachCard(registry, tell)];
    return () => {
      for (const end of ends) end();
    };
  }

  public showCard(token: Token): void {
    this.cards?.choose(token);
  }

  /** The card that the page shows. */
  private get selected(): Token | undefined {
    return this.cards?.selected;
  }

  private addActions(): void {
    const { window } = this.parts;
    for (const [name, kind] of Object.entries(operations))
      addAction(window, name, () => {
        if (this.selected !== undefined) this.operate(this.selected, kind);
      });
    addAction(window, 'back', () => this.cards?.back());
    addAction(window, 'card-diagnostics', () => this.parts.showDiagnostics(this.selected));
  }

  private updateActions(): void {
    for (const [name, kind] of Object.entries(operations))
      (this.parts.window.lookup_action(name) as Gio.SimpleAction).enabled =
        (this.selected?.allows(kind) ?? false) && !(kind === 'format' && this.model.settings.hidesFormat);
  }

  private update(): void {
    const { registry } = this.model;
    if (registry.tokens.get_n_items() === 0) this.showNoCards();
    else this.showCards();
    this.cards?.update();
    this.updateActions();
  }

  private showNoCards(): void {
    const { stack, statusPage } = this.parts;
    const page = noCardsPage(this.model.registry);
    if (page !== undefined) {
      statusPage.icon_name = page.icon;
      statusPage.title = page.title;
      statusPage.description = page.description;
    }
    stack.visible_child_name = 'status';
  }

  private showCards(): void {
    this.cards ??= this.addCardsView();
    this.parts.stack.visible_child = this.cards;
  }

  private addCardsView(): CardsView {
    const { registry, settings } = this.model;
    const view = new CardsView(registry, this.parts.menu, settings.store);
    view.connect('changed', () => this.updateActions());
    view.connect('operate', (_view: CardsView, token: Token, kind: WorkKind) => {
      this.operate(token, kind);
    });
    view.connect('copied', () => toast(this.parts.toasts, _('Copied')));
    this.parts.stack.add_child(view);
    return view;
  }

  private operate(token: Token, kind: WorkKind): void {
    this.runOperation(token, kind).catch((error: unknown) => {
      void tellFailure(this.parts.toasts, asFailure(error));
    });
  }

  private async runOperation(token: Token, kind: WorkKind): Promise<void> {
    const { model } = this;
    if (this.asking || !token.allows(kind)) return;
    if (kind === 'format' && !(await this.confirmFormat(token))) return;
    const { WindowPrompter } = await import('./window-prompter.js');
    if (!token.allows(kind)) return;
    const prompter = new WindowPrompter(this.parts.window, kind, token.needsFormat, () =>
      this.whichCard(token),
    );
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
    else if (end.failure !== undefined)
      void tellFailure(this.parts.toasts, end.failure, doubtAbout(token, kind, end));
  }

  private async confirmFormat(token: Token): Promise<boolean> {
    this.asking = true;
    try {
      return await askPatiently(token, new Cancellation(), takenBack =>
        confirmFormat(this.parts.window, token, this.whichCard(token), takenBack),
      );
    } catch (error) {
      // With the card the question is gone.
      if (token.gone) return false;
      throw error;
    } finally {
      this.asking = false;
    }
  }

  /** Empty where only one is in. */
  private whichCard(token: Token): string {
    return this.model.registry.tokens.get_n_items() > 1 ? whichCard(token) : '';
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
    const ended = new Cancellation();
    void operation.finished.then(() => ended.cancel());
    if (!(await confirmStop(this.parts.window, operation.kind, ended))) return;
    this.closing = true;
    for (const running of this.running) running.cancel();
    this.closeWhenIdle();
  }

  private closeWhenIdle(): void {
    if (this.running.size === 0) this.parts.window.close();
  }
}
