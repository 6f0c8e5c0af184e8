import Gio from 'gi://Gio';
import { equalBytes } from '../base/bytes.js';
import type { Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { asFailure, Failure } from '../base/failure.js';
import type { CardService, ReaderState, ServiceState } from '../pcsc/types.js';
import type { Reading } from './reading.js';
import { Token } from './token.js';

/** Of a card that is still in: another program reset it, or it lost contact for a moment. */
const passing: readonly string[] = ['card-reset', 'card-removed'];
const mostReadings = 4;
/** Milliseconds. */
const beforeReadingAgain = 500;

/** The cards that are in, kept in step with what pcscd says. */
export class Registry {
  /** Of Token, in the order of insertion. */
  public readonly tokens = Gio.ListStore.new(Token.$gtype);
  private readonly listeners = new Set<() => void>();
  private readonly unsubscribe: () => void;

  public constructor(
    private readonly cards: CardService,
    private readonly clock: Clock,
    private readonly reading: Reading,
  ) {
    this.unsubscribe = cards.onChange(() => this.update());
    this.update();
  }

  public get state(): ServiceState {
    return this.cards.state;
  }

  public get readers(): readonly ReaderState[] {
    return this.cards.readers;
  }

  /** Each token that is in now. */
  public list(): Token[] {
    const count = this.tokens.get_n_items();
    return Array.from({ length: count }, (_, i) => this.tokens.get_item(i) as Token);
  }

  /** Called when the service, the readers or the set of tokens changed. @returns ends the subscription. */
  public onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** For a card that was changed behind this program's back. */
  public readAgain(token: Token): void {
    this.read(token);
  }

  /** See CardService.check. */
  public check(): void {
    this.cards.check();
  }

  public close(): void {
    this.unsubscribe();
    this.cards.close();
  }

  private update(): void {
    const readers = this.cards.state.kind === 'running' ? this.cards.readers : [];
    for (const token of this.list()) if (!readers.some(reader => isIn(token, reader))) this.remove(token);
    for (const reader of readers) {
      if (reader.presence === 'empty') continue;
      const token = this.list().find(known => isIn(known, reader));
      if (token === undefined) this.add(reader);
      else if (isWorthAnotherLook(token, reader)) this.read(token);
    }
    for (const listener of [...this.listeners]) listener();
  }

  private add(reader: ReaderState): void {
    const token = new Token(reader.name, reader.eventCount, reader.atr);
    if (reader.presence === 'mute') {
      const failure = new Failure('card-mute', 'no answer to reset', { reader: reader.name });
      token.learn({ kind: 'unreadable', failure });
    } else {
      this.read(token);
    }
    this.tokens.append(token);
  }

  private remove(token: Token): void {
    const [found, position] = this.tokens.find(token);
    if (found) this.tokens.remove(position);
    token.setRemoved(this.lossOf(token));
  }

  private lossOf({ reader }: Token): Failure {
    const { state, readers } = this.cards;
    if (state.kind === 'unavailable') return state.failure.with({ reader });
    if (!readers.some(({ name }) => name === reader))
      return new Failure('reader-lost', 'the reader is gone', { reader });
    return new Failure('card-removed', 'the card was taken out', { reader });
  }

  private read(token: Token): void {
    this.readAtLast(token).catch((error: unknown) => {
      token.learn({ kind: 'unreadable', failure: asFailure(error) });
    });
  }

  private async readAtLast(token: Token): Promise<void> {
    for (let reading = 1; !token.gone; reading += 1) {
      try {
        await this.reading(this.cards, token);
        return;
      } catch (error) {
        if (reading === mostReadings || !passing.includes(asFailure(error).code)) throw error;
      }
      const pause = deferred<undefined>();
      this.clock.after(beforeReadingAgain, () => pause.resolve(undefined));
      await pause.promise;
    }
  }
}

function isIn(token: Token, reader: ReaderState): boolean {
  return (
    reader.presence !== 'empty' &&
    token.reader === reader.name &&
    token.eventCount === reader.eventCount &&
    equalBytes(token.atr, reader.atr)
  );
}

/** A card that another program held is read once that program lets it go. */
function isWorthAnotherLook(token: Token, reader: ReaderState): boolean {
  const { known } = token;
  return (
    known.kind === 'unreadable' &&
    known.failure.code === 'card-busy' &&
    token.operation === undefined &&
    !reader.exclusive
  );
}
