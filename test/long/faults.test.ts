/** A fault at every message of the server in the enrolment of a blank card. */
import { recordBoundaries } from '../support/faults/enrolment.js';
import { testFaults } from '../support/faults/fault-tests.js';
import { Workplace } from '../support/faults/workplace.js';

const workplace = await Workplace.open(1);
const boundaries = await workplace.use(recordBoundaries);
await workplace.close();

testFaults(boundaries);
