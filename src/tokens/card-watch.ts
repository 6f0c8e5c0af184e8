import type { Registry } from './registry.js';
import type { Token } from './token.js';

/**
 * `inserted` by someone just now; `in-before` this program started; `returned` with pcscd, which was away for a while.
 */
export type Arrival = 'inserted' | 'in-before' | 'returned';

export interface CardListener {
  /** Once a card, when it is known what it is, or that it cannot be read. */
  arrived(token: Token, arrival: Arrival): void;
  /** Someone took it out. Only for a card that has arrived. */
  left(token: Token): void;
  /** Anything of readers and cards is another than before. */
  changed(): void;
}

interface Watched {
  readonly handler: number;
  readonly inBefore: boolean;
  arrived: boolean;
}

/** Tells what people do with cards from what pcscd's coming and going does. */
export class CardWatch {
  private readonly watched = new Map<Token, Watched>();
  /** The CUID of the card that was in each reader when pcscd went away. */
  private readonly lost = new Map<string, string>();
  private readonly unsubscribe: () => void;
  private starting = true;

  public constructor(
    private readonly registry: Registry,
    private readonly listener: CardListener,
  ) {
    this.unsubscribe = registry.onChange(() => this.update());
    this.update();
  }

  public close(): void {
    this.unsubscribe();
    for (const [token, { handler }] of this.watched) token.disconnect(handler);
    this.watched.clear();
  }

  private update(): void {
    const tokens = this.registry.list();
    for (const token of [...this.watched.keys()]) if (!tokens.includes(token)) this.forget(token);
    for (const token of tokens) if (!this.watched.has(token)) this.watch(token);
    if (this.registry.state.kind !== 'starting') this.starting = false;
    this.listener.changed();
  }

  private watch(token: Token): void {
    const handler = token.connect('changed', () => {
      this.look(token);
      if (!token.gone) this.listener.changed();
    });
    this.watched.set(token, { handler, inBefore: this.starting, arrived: false });
    this.look(token);
  }

  private look(token: Token): void {
    const watched = this.watched.get(token);
    if (watched === undefined || watched.arrived || token.gone || !isTelling(token)) return;
    watched.arrived = true;
    this.listener.arrived(token, this.arrivalOf(token, watched));
  }

  private arrivalOf({ reader, cuid }: Token, { inBefore }: Watched): Arrival {
    if (inBefore) return 'in-before';
    const before = this.lost.get(reader);
    this.lost.delete(reader);
    return before === cuid ? 'returned' : 'inserted';
  }

  private forget(token: Token): void {
    const watched = this.watched.get(token);
    if (watched === undefined) return;
    token.disconnect(watched.handler);
    this.watched.delete(token);
    if (!watched.arrived) return;
    if (this.registry.state.kind === 'running') this.listener.left(token);
    else this.lost.set(token.reader, token.cuid);
  }
}

/** Another program that holds the card will let it go. */
function isTelling({ known }: Token): boolean {
  if (known.kind === 'unreadable') return known.failure.code !== 'card-busy';
  return known.kind === 'read';
}
