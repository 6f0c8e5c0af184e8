type Party = 'card' | 'server';

/** Splits time among those who are waited for: the card, else the server, else nobody. */
export class StopWatch {
  public commands = 0;
  private begin = 0;
  private last = 0;
  private readonly waits = { card: 0, server: 0 };
  private readonly spent = { card: 0, server: 0 };

  /** @param now milliseconds */
  public constructor(private readonly now: () => number) {}

  public start(): void {
    this.begin = this.last = this.now();
    this.commands = 0;
    this.spent.card = this.spent.server = 0;
  }

  /** What was spent so far. */
  public lap(party: Party): number {
    this.settle();
    return this.spent[party];
  }

  public stop(): {
    readonly total: number;
    readonly server: number;
    readonly card: number;
    readonly commands: number;
  } {
    this.settle();
    return { total: this.last - this.begin, ...this.spent, commands: this.commands };
  }

  public async during<T>(party: Party, wait: Promise<T>): Promise<T> {
    this.settle();
    this.waits[party] += 1;
    try {
      return await wait;
    } finally {
      this.settle();
      this.waits[party] -= 1;
    }
  }

  private settle(): void {
    const now = this.now();
    // A server that is read from ahead of time is not waited for while the card works.
    if (this.waits.card > 0) this.spent.card += now - this.last;
    else if (this.waits.server > 0) this.spent.server += now - this.last;
    this.last = now;
  }
}
