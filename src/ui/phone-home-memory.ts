import Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import type { PhoneHome } from '../tokens/phone-home.js';
import type { Token } from '../tokens/token.js';
import { RememberedCards } from './remembered-cards.js';

/**
 * The ways to what is remembered of all cards, and to forget what is of one.
 * @param forgotten called once that of the card is forgotten
 */
export function memoryButtons(
  parent: Gtk.Window,
  phoneHome: PhoneHome,
  token: Token | undefined,
  forgotten: (token: Token) => void,
): Gtk.Widget {
  // One below the other where there is no room beside.
  const box = new Gtk.FlowBox({
    selection_mode: Gtk.SelectionMode.NONE,
    homogeneous: true,
    max_children_per_line: 2,
    column_spacing: 12,
    row_spacing: 12,
  });
  const add = (label: string, clicked: () => void): void => {
    const child = new Gtk.Button({ label });
    child.connect('clicked', clicked);
    box.append(new Gtk.FlowBoxChild({ child, focusable: false }));
  };
  add(_('Remembered Cards'), () => new RememberedCards(parent, phoneHome).present());
  if (token !== undefined)
    add(_('Forget This Card'), () => {
      phoneHome.clear(token.cuid);
      forgotten(token);
    });
  return box;
}
