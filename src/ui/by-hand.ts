import type Adw from 'gi://Adw';
import Gtk from 'gi://Gtk';
import { browsersInSandbox, registrationByHand, trustByHand, type ByHandStep } from '../desktop/by-hand.js';
import type { CardModule } from '../desktop/modules.js';
import { _, fill } from '../io/text.js';
import { activateBy } from './accessible-name.js';
import { textRow } from './text-row.js';

/** What to do where a click cannot do it: a row a step. */
export class ByHand {
  public readonly rows: readonly Adw.ActionRow[];

  public constructor(copy: (text: string) => void) {
    this.rows = steps(undefined, '').map(step => stepRow(step, copy));
    this.show(undefined, '');
  }

  /**
   * @param module undefined where it is not known which is installed
   * @param chainUrl where the CA's certificates are; empty where that is not known
   */
  public show(module: CardModule | undefined, chainUrl: string): void {
    for (const [i, { text }] of steps(module, chainUrl).entries())
      this.rows[i]?.set({ subtitle: text, visible: text !== '' });
  }
}

function steps(module: CardModule | undefined, chainUrl: string): ByHandStep[] {
  return [...registrationByHand(module), ...trustByHand(chainUrl), browsersInSandbox()];
}

function stepRow({ title, text, literal = false }: ByHandStep, copy: (text: string) => void): Adw.ActionRow {
  const row = textRow(title, text);
  row.title_lines = 0;
  return literal ? withCopy(row, copy) : row;
}

function withCopy(row: Adw.ActionRow, copy: (text: string) => void): Adw.ActionRow {
  const button = new Gtk.Button({
    icon_name: 'esc-copy-symbolic',
    valign: Gtk.Align.CENTER,
    css_classes: ['flat'],
    tooltip_text: _('Copy'),
  });
  button.connect('clicked', () => copy(row.subtitle));
  activateBy(row, button, fill(_('Copy {name}'), { name: row.title }));
  return row;
}
