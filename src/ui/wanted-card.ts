import { eachCard } from '../tokens/each-card.js';
import type { Registry } from '../tokens/registry.js';
import type { Token } from '../tokens/token.js';

/** The card that was asked for from outside: shown as soon as it is in and has been read. */
export class WantedCard {
  private cuid = '';
  private look = (): void => undefined;

  /** @param cuid as Token has it. */
  public want(cuid: string): void {
    this.cuid = cuid.toUpperCase();
    this.look();
  }

  public watch(registry: Registry, show: (token: Token) => void): void {
    this.look = () => {
      const token = registry.list().find(({ cuid }) => cuid !== '' && cuid === this.cuid);
      if (token === undefined) return;
      this.cuid = '';
      show(token);
    };
    eachCard(registry, () => this.look());
  }
}
