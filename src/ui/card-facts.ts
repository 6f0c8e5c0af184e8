import type Adw from 'gi://Adw';
import type Gtk from 'gi://Gtk';
import { _ } from '../io/text.js';
import type { Token } from '../tokens/token.js';
import { factRow } from './fact-row.js';

/** The rows that say what card it is, and where it belongs. */
export class CardFacts {
  private rows: Gtk.Widget[] = [];
  private shown = '';

  public constructor(
    private readonly group: Adw.PreferencesGroup,
    private readonly copy: (text: string) => void,
  ) {}

  public show_token(token: Token): void {
    const facts = factsOf(token).filter(([, value]) => value !== '');
    const shown = facts.join('\n');
    // New rows would take the keyboard's focus from the old ones.
    if (shown === this.shown) return;
    this.shown = shown;
    for (const row of this.rows) this.group.remove(row);
    this.rows = facts.map(([name, value]) => factRow(name, value, this.copy));
    for (const row of this.rows) this.group.add(row);
  }
}

function factsOf({ cuid, atrText, reader, summary, phoneHome }: Token): (readonly [string, string])[] {
  return [
    [_('Card Number (CUID)'), cuid],
    [_('Card Type (ATR)'), atrText],
    [_('Reader'), reader],
    [_('Applet Version'), summary?.appletVersion ?? ''],
    [_('Phone Home URL on the Card'), summary?.issuerUrl ?? ''],
    [_('Server for Operations (TPS)'), phoneHome.tpsUrl],
  ];
}
