import { equalBytes } from '../base/bytes.js';
import type { ReaderReport } from './frames.js';
import type { CardPresence, ReaderState } from './types.js';

// SCARD_STATE_* of pcsclite.h.
const unknown = 0x0004;
const present = 0x0020;
const exclusive = 0x0080;
const mute = 0x0200;

/** What is remembered of a reader's name, also while the reader is away. */
interface Count {
  /** The 16 bits of pcscd, undefined since pcscd or the reader went away. */
  raw: number | undefined;
  total: number;
  isCardIn: boolean;
  /** How many changes are in the total that pcscd has not counted yet. */
  ahead: number;
}

function presenceOf(state: number): CardPresence {
  if ((state & present) === 0) return 'empty';
  return (state & mute) === 0 ? 'present' : 'mute';
}

function equalReaders(a: ReaderState, b: ReaderState | undefined): boolean {
  return (
    b !== undefined &&
    a.name === b.name &&
    a.presence === b.presence &&
    a.eventCount === b.eventCount &&
    a.exclusive === b.exclusive &&
    equalBytes(a.atr, b.atr)
  );
}

/**
 * The readers as the program sees them. pcscd counts insertions in 16 bits and begins anew when it
 * is started again; the count here never goes back, so that it tells one insertion from every other.
 */
export class ReaderList {
  private list: readonly ReaderState[] = [];
  private readonly counts = new Map<string, Count>();

  public get readers(): readonly ReaderState[] {
    return this.list;
  }

  public find(name: string): ReaderState | undefined {
    return this.list.find(reader => reader.name === name);
  }

  /** @returns whether anything changed. */
  public update(reports: readonly ReaderReport[]): boolean {
    const attached = reports.filter(report => (report.state & unknown) === 0);
    const readers = attached.map(report => this.readerOf(report));
    const names = new Set(readers.map(reader => reader.name));
    for (const [name, count] of this.counts) if (!names.has(name)) count.raw = undefined;
    const changed =
      readers.length !== this.list.length || readers.some((reader, i) => !equalReaders(reader, this.list[i]));
    this.list = readers;
    return changed;
  }

  /** pcscd is gone, and its readers with it. */
  public clear(): void {
    this.update([]);
  }

  private readerOf(report: ReaderReport): ReaderState {
    const { name, state } = report;
    const presence = presenceOf(state);
    const eventCount = this.count(report);
    const before = this.find(name);
    // pcscd takes the ATR away before it says that the card is gone.
    const isAtrGone = report.atr.length === 0 && before?.eventCount === eventCount;
    const atr = isAtrGone ? before.atr : report.atr;
    return {
      name,
      presence,
      atr: presence === 'present' ? atr : new Uint8Array(0),
      eventCount,
      exclusive: (state & exclusive) !== 0,
    };
  }

  private count({ name, state }: ReaderReport): number {
    const raw = state >>> 16;
    const isCardIn = presenceOf(state) !== 'empty';
    const count = this.counts.get(name);
    if (count === undefined) {
      this.counts.set(name, { raw, total: raw, isCardIn, ahead: 0 });
      return raw;
    }
    const change = isCardIn === count.isCardIn ? 0 : 1;
    if (count.raw === undefined) {
      count.total += 1;
      count.ahead = 0;
    } else {
      // pcscd says that a card came or went, and counts it a moment later; another reader's news may come in between.
      const counted = (raw - count.raw) & 0xffff;
      const grown = Math.max(counted - count.ahead, change);
      count.total += grown;
      count.ahead = Math.max(count.ahead + grown - counted, 0);
    }
    count.raw = raw;
    count.isCardIn = isCardIn;
    return count.total;
  }
}
