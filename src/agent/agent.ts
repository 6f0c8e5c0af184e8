import type { Registry } from '../tokens/registry.js';
import type { Token } from '../tokens/token.js';

/** Watches the cards and opens the window, once an insertion, for one that needs enrolling. */
export class Agent {
  private readonly watched = new Map<Token, number>();
  private readonly unsubscribe: () => void;

  public constructor(
    private readonly registry: Registry,
    private readonly openWindow: () => void,
  ) {
    this.unsubscribe = registry.onChange(() => this.update());
    this.update();
  }

  public close(): void {
    this.unsubscribe();
    for (const token of [...this.watched.keys()]) this.forget(token);
  }

  private update(): void {
    const tokens = this.registry.list();
    for (const token of [...this.watched.keys()]) if (!tokens.includes(token)) this.forget(token);
    for (const token of tokens) if (!this.watched.has(token)) this.watch(token);
  }

  private watch(token: Token): void {
    let offered = false;
    const look = (): void => {
      if (offered || !needsEnrolling(token)) return;
      offered = true;
      this.openWindow();
    };
    this.watched.set(token, token.connect('changed', look));
    look();
  }

  private forget(token: Token): void {
    const handler = this.watched.get(token);
    if (handler !== undefined) token.disconnect(handler);
    this.watched.delete(token);
  }
}

function needsEnrolling({ summary, isCoolKey, unfinished }: Token): boolean {
  return summary !== undefined && isCoolKey && (summary.status !== 'ENROLLED' || unfinished);
}
