/** The server is stopped in the middle and stays silent. */
import { points, testInterruption } from '../support/dogtag/interruption.js';

testInterruption('is stopped', points);
