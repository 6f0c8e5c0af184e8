import { _ } from '../io/text.js';
import type { Registry } from '../tokens/registry.js';
import type { Token } from '../tokens/token.js';
import type { Operations } from './operations.js';
import type { TrayIcon, TrayStatus } from './tray/item.js';
import type { MenuItem } from './tray/menu.js';
import { cardLine, progressOf, serviceTrouble } from './words.js';

export interface Situation {
  readonly registry: Registry;
  readonly operations: Operations;
  /** What went wrong and was not looked at yet. */
  readonly troubles: readonly string[];
}

/** What the menu's lines do. */
export interface MenuActions {
  /** Opens the window on a card. */
  showCard(cuid: string): void;
  /** Opens a page of the window. */
  showPage(name: string): void;
  quit(): void;
}

/** What icon and tooltip tell: work before trouble, trouble before cards. */
export function trayStatus(situation: Situation): TrayStatus {
  const lines = [...situation.troubles, ...cardLines(situation).map(({ label }) => label)];
  return { icon: iconFor(situation), title: _('Smart Card Manager'), text: lines.join('\n') };
}

function iconFor({ registry, operations, troubles }: Situation): TrayIcon {
  const tokens = registry.list();
  if (operations.list().length > 0) return 'busy';
  if (registry.state.kind === 'unavailable' || troubles.length > 0 || tokens.some(isTrouble)) return 'error';
  return tokens.length > 0 ? 'card' : 'no-card';
}

/** What only another program's work keeps from being read is no trouble. */
function isTrouble({ known }: Token): boolean {
  return known.kind === 'unreadable' && known.failure.code !== 'card-busy';
}

interface CardLine {
  readonly key: string;
  readonly label: string;
  readonly cuid?: string;
}

/** A line for each card, or one that says why there is none. */
function cardLines({ registry, operations }: Situation): readonly CardLine[] {
  const { state } = registry;
  const tokens = registry.list();
  if (tokens.length > 0)
    return tokens.map(token => ({
      key: `card ${token.reader} ${token.eventCount}`,
      label: cardLine(token, operations.on(token.reader)),
      cuid: token.cuid,
    }));
  // The program that works on a card may know of it first.
  const [operation] = operations.list();
  if (operation !== undefined) return [{ key: 'none', label: progressOf(operation) }];
  if (state.kind === 'unavailable') return [{ key: 'none', label: serviceTrouble(state.failure.code) }];
  return [{ key: 'none', label: _('No smart card') }];
}

export function menuItems(situation: Situation, actions: MenuActions): readonly MenuItem[] {
  const page = (name: string, label: string): MenuItem => ({
    key: name,
    label,
    run: () => actions.showPage(name),
  });
  return [
    ...cardLines(situation).map(({ key, label, cuid }) =>
      cuid === undefined ? { key, label } : { key, label, run: () => actions.showCard(cuid) },
    ),
    { key: 'after-cards' },
    page('show-cards', _('Manage Smart Cards')),
    page('phone-home', _('Phone Home')),
    page('browsers', _('Use in Browsers and Mail')),
    page('diagnostics', _('Diagnostics')),
    page('preferences', _('Preferences')),
    { key: 'before-quit' },
    { key: 'quit', label: _('Quit'), run: () => actions.quit() },
  ];
}
