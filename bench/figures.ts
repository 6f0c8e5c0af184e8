/** Figures, and how they are printed. */

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? 0) + upper) / 2 : upper;
}

/** The smallest, the median and the largest of some runs. */
export function spread(values: readonly number[], digits: number, unit: string): string {
  const text = (value: number): string => value.toFixed(digits);
  return `median ${text(median(values))} ${unit} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** One thing that was measured against its goal. */
export class Section {
  private readonly lines: string[] = [];
  private missed = false;

  public constructor(title: string) {
    this.lines.push(title);
  }

  public row(name: string, value: string): void {
    this.lines.push(`  ${name.padEnd(44)} ${value}`);
  }

  public goal(name: string, value: number, limit: number, digits: number, unit: string): void {
    const reached = value <= limit;
    this.missed ||= !reached;
    this.row(
      name,
      `${value.toFixed(digits)}${unit}; goal: at most ${limit}${unit}: ${reached ? 'reached' : 'MISSED'}`,
    );
  }

  public get reached(): boolean {
    return !this.missed;
  }

  public toString(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

/** Runs A and B in turns, so that what else the machine does meets both alike. */
export async function interleaved<A, B>(
  rounds: number,
  a: () => Promise<A>,
  b: () => Promise<B>,
): Promise<{ readonly a: readonly A[]; readonly b: readonly B[] }> {
  const results = { a: [] as A[], b: [] as B[] };
  for (let round = 0; round < rounds; round += 1) {
    results.a.push(await a());
    results.b.push(await b());
  }
  return results;
}
