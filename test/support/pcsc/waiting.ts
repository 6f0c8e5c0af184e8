import type { CardService } from '../../../src/pcsc/types.js';

/** Milliseconds: what is waited for is there long before, on whatever machine, unless it never comes. */
const patience = 60_000;

/** Waits for a change of the service that makes `condition` true. */
export async function until(service: CardService, condition: () => boolean): Promise<void> {
  if (condition()) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      reject(
        new Error(`not within ${patience} ms: ${condition.toString()}; ${JSON.stringify(service.state)}`),
      );
    }, patience);
    const unsubscribe = service.onChange(() => {
      if (!condition()) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    });
  });
}

/** Looks again and again, for what tells of itself in no other way. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  within = patience,
): Promise<void> {
  const end = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${condition.toString()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
