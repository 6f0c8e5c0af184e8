/** The server is killed in the middle. */
import { points, testInterruption } from '../support/dogtag/interruption.js';

testInterruption('is killed', points);
