/** A fault at a message of each phase of an enrolment; test/long has them all. */
import { phases } from '../support/faults/boundaries.js';
import { testFaults } from '../support/faults/fault-tests.js';

testFaults(phases);
