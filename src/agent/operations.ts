/** An operation that some program runs on a card. */
export interface RunningOperation {
  readonly kind: string;
  /** Where its card is. */
  readonly reader: string;
  /** 0 to 1; never decreases. */
  readonly fraction: number;
}

export interface OperationResult {
  /** A failure code; empty when it was done. */
  readonly code: string;
  /** For the user; may be empty. */
  readonly sentence: string;
}

export interface OperationsListener {
  began(operation: RunningOperation): void;
  /** One began, got on or ended. */
  changed(): void;
  ended(operation: RunningOperation, result: OperationResult): void;
}

const most = 64;
const longestReader = 256;
const longestSentence = 500;

/** The operations that programs have told of. A caller is a name on the bus, an id is the caller's own. */
export class Operations {
  private readonly running = new Map<string, RunningOperation>();
  public listener: OperationsListener | undefined;

  public list(): readonly RunningOperation[] {
    return [...this.running.values()];
  }

  public on(reader: string): RunningOperation | undefined {
    return this.list().find(operation => operation.reader === reader);
  }

  /** @throws RangeError when an argument makes no sense, or there are too many operations */
  public begin(caller: string, id: number, kind: string, reader: string): void {
    if (!/^[a-z][a-z-]{0,39}$/.test(kind))
      throw new RangeError('the kind is no word of small letters and hyphens');
    if (reader === '' || reader.length > longestReader) throw new RangeError('no name of a reader');
    if (this.running.has(key(caller, id))) throw new RangeError(`operation ${id} runs already`);
    if (this.running.size >= most) throw new RangeError('too many operations');
    const operation = { kind, reader, fraction: 0 };
    this.running.set(key(caller, id), operation);
    this.listener?.began(operation);
    this.listener?.changed();
  }

  /** @throws RangeError when there is no such operation, or the fraction is none */
  public advance(caller: string, id: number, fraction: number): void {
    const operation = this.find(caller, id);
    if (!(fraction >= 0 && fraction <= 1)) throw new RangeError('the fraction is not within 0 to 1');
    this.running.set(key(caller, id), { ...operation, fraction: Math.max(operation.fraction, fraction) });
    this.listener?.changed();
  }

  /** @throws RangeError when there is no such operation */
  public end(caller: string, id: number, { code, sentence }: OperationResult): void {
    const operation = this.find(caller, id);
    this.running.delete(key(caller, id));
    this.listener?.ended(operation, {
      code: code.slice(0, 40),
      sentence: sentence.slice(0, longestSentence),
    });
    this.listener?.changed();
  }

  /** The caller has left the bus: whatever it did is over. */
  public forget(caller: string, result: OperationResult): void {
    for (const [name, operation] of [...this.running]) {
      if (!name.startsWith(`${caller} `)) continue;
      this.running.delete(name);
      this.listener?.ended(operation, result);
    }
    this.listener?.changed();
  }

  private find(caller: string, id: number): RunningOperation {
    const operation = this.running.get(key(caller, id));
    if (operation === undefined) throw new RangeError(`there is no operation ${id}`);
    return operation;
  }
}

function key(caller: string, id: number): string {
  return `${caller} ${id}`;
}
