/** The connection to the server is cut in the middle, at each point. */
import { furtherPoints, points, testInterruption } from '../support/dogtag/interruption.js';

testInterruption('is cut off', [...points, ...furtherPoints]);
