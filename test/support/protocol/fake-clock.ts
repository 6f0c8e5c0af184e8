import type { Clock } from '../../../src/base/clock.js';

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  private time = 0;
  private readonly timers = new Set<{ readonly due: number; readonly callback: () => void }>();

  public get pending(): number {
    return this.timers.size;
  }

  public now(): number {
    return this.time;
  }

  public after(milliseconds: number, callback: () => void): () => void {
    const timer = { due: this.time + milliseconds, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Lets time pass and what is due happen, in order. */
  public async advance(milliseconds: number): Promise<void> {
    await settle();
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = [...this.timers].filter(timer => timer.due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.timers.delete(next);
      this.time = next.due;
      next.callback();
      await settle();
    }
    this.time = end;
    await settle();
  }

  /** Lets time pass while the program is stopped: what was due meanwhile happens at the end of it. */
  public async stall(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    for (const timer of [...this.timers].filter(({ due }) => due <= this.time)) {
      this.timers.delete(timer);
      timer.callback();
    }
    await settle();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i += 1) await new Promise(resolve => setImmediate(resolve));
}
