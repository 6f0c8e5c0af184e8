import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** What a long test measured, for docs/test-report.md. */
    figures?: string;
  }
}

/** Tells what a long test measured, on the terminal and in docs/test-report.md. */
export function tell({ task }: Pick<TestContext, 'task'>, figures: string): void {
  task.meta.figures = figures;
  console.log(figures);
}
