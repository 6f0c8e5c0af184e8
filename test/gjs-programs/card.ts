import System from 'system';
import { fromHex } from '../../src/base/bytes.js';
import { cardAsJson } from '../support/card/as-json.js';

/** Runs inside GJS: prints what is read of a card with the combined object given in hexadecimal. */
const reading = cardAsJson(fromHex(System.programArgs[0] ?? ''));
reading.then(print, (error: unknown) => print(`failed: ${String(error)}`)).catch(() => undefined);
