/** A fault at a message of each phase of an enrolment; test/long has them all. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { describeBoundary, phases } from '../support/faults/boundaries.js';
import { canStrike, enrollWithFault, faultKinds } from '../support/faults/enrolment.js';
import { Workplace } from '../support/faults/workplace.js';

let workplace: Workplace;

beforeAll(async () => {
  workplace = await Workplace.open(4);
});

afterAll(async () => {
  await workplace.close();
});

describe.concurrent.each(faultKinds)('%s', kind => {
  const boundaries = phases.filter(boundary => canStrike(kind, boundary));
  test.each(boundaries.map(boundary => [describeBoundary(boundary), boundary] as const))(
    '%s',
    async (_name, boundary) => {
      const { end, took, repairs } = await workplace.use(station => enrollWithFault(station, kind, boundary));
      if (process.env['ESC_TEST_TELL'] !== undefined)
        console.log(
          kind,
          describeBoundary(boundary),
          end.failure?.code,
          Math.round(took),
          repairs.join(', '),
        );
    },
  );
});
