/** The server is told to end in the middle, as by who looks after it. */
import { points, testInterruption } from '../support/dogtag/interruption.js';
import { describeBoundary } from '../support/faults/boundaries.js';

testInterruption(
  'is told to end',
  points.filter(({ boundary }) => describeBoundary(boundary) === 'enroll: WRITE OBJECT 8'),
);
