import { readFileSync } from 'node:fs';

function kilobytes(file: string, field: string): number {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'))?.[1];
  if (value === undefined) throw new Error(`no ${field} in ${file}`);
  return Number(value);
}

/** Of a process in MiB. */
export interface Memory {
  /** All that it holds. */
  readonly rss: number;
  /** The same, what it shares counted in part: it changes when others begin or end. */
  readonly pss: number;
  /** What it wrote itself, and shares with nobody. */
  readonly own: number;
}

export function memoryOf(pid: number): Memory {
  return {
    rss: kilobytes(`/proc/${pid}/status`, 'VmRSS') / 1024,
    pss: kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss') / 1024,
    own: kilobytes(`/proc/${pid}/smaps_rollup`, 'Private_Dirty') / 1024,
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** By how much the values grow from one to the next: the slope of the line that fits them best. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const average = mean(values);
  const together = values.reduce((sum, value, i) => sum + (i - middle) * (value - average), 0);
  return together / values.reduce((sum, _value, i) => sum + (i - middle) ** 2, 0);
}
