/**
 * One of several writers, or the reader, of a log: `write FOLDER COUNT NAME FILE-LIMIT KEPT`, `read FOLDER`,
 * `text FOLDER`. Writing prints the problem of the last line, reading the events as JSON, `text` a line for each.
 */
import { programArgs } from 'system';
import { LogFile } from '../../src/io/log-file.js';
import { EventLog } from '../../src/tokens/log/event-log.js';
import { eventLine } from '../../src/tokens/log/words.js';

const [what = '', folder = '', count = '0', name = '', file = '262144', kept = '3'] = programArgs;
const store = new LogFile(folder, { file: Number(file), kept: Number(kept) });
const log = new EventLog(store, name, 1);

if (what === 'write') {
  for (let i = 0; i < Number(count); i += 1)
    log.record('card-status', { detail: `${name} ${i} ${'x'.repeat((i * 37) % 300)}` });
  print(store.problem ?? '');
} else if (what === 'read') {
  print(JSON.stringify(log.read()));
} else {
  for (const event of log.read()) print(eventLine(event));
}
