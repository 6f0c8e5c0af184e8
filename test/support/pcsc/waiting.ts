import type { CardService } from '../../../src/pcsc/types.js';

/** Waits for a change of the service that makes `condition` true. */
export async function until(
  service: CardService,
  condition: () => boolean,
  patience = 15_000,
): Promise<void> {
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
  patience = 10_000,
): Promise<void> {
  const end = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${condition.toString()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
