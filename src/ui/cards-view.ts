import Adw from 'gi://Adw';
import type Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import type Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import type { Registry } from '../tokens/registry.js';
import { Token } from '../tokens/token.js';
import { CardPage } from './card-page.js';
import { CardRow } from './card-row.js';
import { wrapWindowTitle } from './wrap-title.js';

/**
 * The cards that are in: a list, and the page of the selected one.
 * Emits `changed` when another card is selected or the page's card is another than before, and hands on what
 * the page emits.
 */
export class CardsView extends Adw.Bin {
  static {
    GObject.registerClass(
      {
        GTypeName: 'EscCardsView',
        Template: 'resource:///io/github/escproject/Esc/ui/cards-view.ui',
        InternalChildren: [
          'leaflet',
          'list_page',
          'separator_page',
          'sidebar',
          'list',
          'list_header',
          'list_menu_button',
          'card_header',
          'card_title',
          'card_menu_button',
          'back_button',
          'card_pages',
        ],
        Signals: {
          changed: {},
          operate: { param_types: [Token.$gtype, GObject.TYPE_STRING] },
          copied: {},
        },
      },
      this,
    );
  }

  declare private _leaflet: Adw.Leaflet;
  declare private _list_page: Adw.LeafletPage;
  declare private _separator_page: Adw.LeafletPage;
  declare private _sidebar: Gtk.Box;
  declare private _list: Gtk.ListBox;
  declare private _list_header: Adw.HeaderBar;
  declare private _list_menu_button: Gtk.MenuButton;
  declare private _card_header: Adw.HeaderBar;
  declare private _card_title: Adw.WindowTitle;
  declare private _card_menu_button: Gtk.MenuButton;
  declare private _back_button: Gtk.Button;
  declare private _card_pages: Gtk.Box;

  private readonly pages = new Map<Token, CardPage>();

  public constructor(
    private readonly registry: Registry,
    menu: Gio.MenuModel,
    private readonly store: Gio.Settings,
  ) {
    super();
    wrapWindowTitle(this._card_header);
    this._list_menu_button.menu_model = menu;
    this._card_menu_button.menu_model = menu;
    this._list.bind_model(registry.tokens, token => {
      if (!(token instanceof Token)) throw new TypeError('not a token');
      return new CardRow(token);
    });
    this._list.connect('row-selected', (_list, row) => this.select((row as CardRow | null)?.token));
    this._list.connect('row-activated', () => this._leaflet.navigate(Adw.NavigationDirection.FORWARD));
    this._leaflet.connect('notify::folded', () => this.arrange());
    this._leaflet.connect('notify::visible-child', () => this.emit('changed'));
  }

  /** The card that the page shows. */
  public get selected(): Token | undefined {
    return (this._list.get_selected_row() as CardRow | null)?.token;
  }

  /** Called when the set of cards has changed. */
  public update(): void {
    const tokens = this.registry.list();
    for (const [token, page] of this.pages) {
      if (tokens.includes(token)) continue;
      this.pages.delete(token);
      this._card_pages.remove(page);
    }
    if (this.selected !== undefined) this.select(this.selected);
    else if (tokens.length > 0) this._list.select_row(this._list.get_row_at_index(0));
    this.arrange();
  }

  /** The page of a card that has been shown. */
  public pageOf(token: Token): CardPage | undefined {
    return this.pages.get(token);
  }

  /** Selects the card, for another than a click on its row. */
  public choose(token: Token): void {
    const position = this.registry.list().indexOf(token);
    this._list.select_row(this._list.get_row_at_index(position));
    this._leaflet.visible_child_name = 'card';
  }

  /** From the card to the list, where there is room for only one of them. */
  public back(): void {
    this._leaflet.navigate(Adw.NavigationDirection.BACK);
  }

  /** With one card there is nothing to select: its page has the window for itself. */
  private arrange(): void {
    const several = this.registry.tokens.get_n_items() > 1;
    const { folded } = this._leaflet;
    this._sidebar.visible = several;
    this._separator_page.child.visible = several;
    if (!several) this._leaflet.visible_child_name = 'card';
    this._back_button.visible = several && folded;
    // Beside the button back there is no room for the name of the program.
    this._card_title.title = several && folded ? _('Card') : _('Smart Card Manager');
    this._card_header.show_start_title_buttons = folded || !several;
    this._card_menu_button.visible = folded || !several;
    this._list_header.show_end_title_buttons = folded;
  }

  private select(token: Token | undefined): void {
    if (token !== undefined) this.showPage(this.pages.get(token) ?? this.addPage(token));
    this.emit('changed');
  }

  /** No stack: GTK 4.8 tells screen readers of all its pages, and stumbles over one that is removed. */
  private showPage(page: CardPage): void {
    for (const other of this.pages.values()) other.visible = other === page;
  }

  private addPage(token: Token): CardPage {
    const page = new CardPage(token, this.store);
    page.hexpand = true;
    page.connect('operate', (_page: CardPage, kind: string) => this.emit('operate', token, kind));
    page.connect('copied', () => this.emit('copied'));
    token.connect('changed', () => this.emit('changed'));
    this.pages.set(token, page);
    this._card_pages.append(page);
    return page;
  }
}
