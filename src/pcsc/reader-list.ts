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
    const readers = attached.map(report => ({
      name: report.name,
      presence: presenceOf(report.state),
      atr: (report.state & present) === 0 ? new Uint8Array(0) : report.atr,
      eventCount: this.count(report),
      exclusive: (report.state & exclusive) !== 0,
    }));
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

  private count(report: ReaderReport): number {
    const raw = report.state >>> 16;
    const count = this.counts.get(report.name);
    if (count === undefined) {
      this.counts.set(report.name, { raw, total: raw });
      return raw;
    }
    count.total += count.raw === undefined ? 1 : (raw - count.raw) & 0xffff;
    count.raw = raw;
    return count.total;
  }
}
