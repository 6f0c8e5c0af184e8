import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import { CardWatch } from '../tokens/card-watch.js';
import type { Registry } from '../tokens/registry.js';
import { announce, takeBack } from './announce.js';
import { statusOf } from './words.js';

/** Has screen readers say which cards come and go: while the window is in front, no notification does. */
export class CardNews {
  private readonly cards: CardWatch;
  private said: Gtk.Widget | undefined;

  public constructor(
    private readonly window: Gtk.Window,
    registry: Registry,
  ) {
    this.cards = new CardWatch(registry, {
      arrived: (token, arrival) => {
        if (arrival !== 'inserted') return;
        this.say(`${_('Smart Card Inserted')}: ${statusOf(token)}, ${token.reader}`);
      },
      left: () => this.say(_('Smart Card Removed')),
      changed: () => undefined,
    });
  }

  public close(): void {
    this.cards.close();
  }

  private say(text: string): void {
    const { window } = this;
    if (this.said !== undefined) takeBack(this.said);
    // With a card that is taken out, what had the focus may be gone.
    if (window.get_focus() === null) window.child_focus(Gtk.DirectionType.TAB_FORWARD);
    this.said = window.get_focus() ?? window;
    announce(this.said, text);
  }
}
