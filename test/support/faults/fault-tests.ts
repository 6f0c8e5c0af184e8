import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeBoundary, type Boundary } from './boundaries.js';
import { canStrike, enrollWithFault, faultKinds } from './enrolment.js';
import { Workplace } from './workplace.js';

/** One test for each fault at each boundary, some at a time, each with pcscd, TPS and GJS of its own. */
export function testFaults(boundaries: readonly Boundary[]): void {
  let workplace: Workplace;
  beforeAll(async () => {
    workplace = await Workplace.open(4);
  });
  afterAll(async () => {
    await workplace.close();
    expect(workplace.errors).toBe('');
  });

  describe.concurrent.each(faultKinds)('%s', kind => {
    const here = boundaries.filter(boundary => canStrike(kind, boundary));
    test.each(here.map(boundary => [describeBoundary(boundary), boundary] as const))(
      '%s',
      async (_name, boundary) => {
        await workplace.use(station => enrollWithFault(station, kind, boundary));
      },
      180_000,
    );
  });
}
