type Party = 'card' | 'server';

/** Splits time by whose turn it is: the card's, else the server's, else that of whoever does neither's work. */
export class StopWatch {
  public commands = 0;
  private started = 0;
  private last = 0;
  private readonly turns = new Set<Party>();
  private readonly spent = { card: 0, server: 0 };

  /** @param now milliseconds */
  public constructor(private readonly now: () => number) {}

  public start(): void {
    this.started = this.last = this.now();
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
    return { total: this.last - this.started, ...this.spent, commands: this.commands };
  }

  /** It has something to do from now on, until `end`. */
  public begin(party: Party): void {
    this.settle();
    this.turns.add(party);
  }

  public end(party: Party): void {
    this.settle();
    this.turns.delete(party);
  }

  /** Its turn, until what it was asked for has come. */
  public during<T>(party: Party, coming: Promise<T>): Promise<T> {
    this.begin(party);
    const end = (): void => this.end(party);
    // Not one promise more than there is: each costs the program that is measured.
    coming.then(end, end);
    return coming;
  }

  private settle(): void {
    const now = this.now();
    // A server that is read from ahead of time has nothing to do while the card works.
    if (this.turns.has('card')) this.spent.card += now - this.last;
    else if (this.turns.has('server')) this.spent.server += now - this.last;
    this.last = now;
  }
}
