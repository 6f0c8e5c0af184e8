import { programArgs } from 'system';
import { Failure, type FailureCode, type FailureFacts } from '../../src/base/failure.js';
import { catalogue, explain, reasonEntries } from '../../src/tokens/failures/catalogue.js';

interface Case {
  readonly code: FailureCode;
  readonly detail: string;
  readonly facts: FailureFacts;
}

/** Prints the whole catalogue, or its reasons, or what it says of failures given as JSON. */
const [what = 'all'] = programArgs;
if (what === 'all' || what === 'reasons')
  print(
    JSON.stringify(
      (what === 'all' ? catalogue : reasonEntries).map(({ number, name, what: sentence, next }) => ({
        number,
        name,
        what: sentence(),
        next: next(),
      })),
    ),
  );
else {
  const cases = JSON.parse(what) as Case[];
  print(JSON.stringify(cases.map(({ code, detail, facts }) => explain(new Failure(code, detail, facts)))));
}
