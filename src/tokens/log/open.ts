import Gio from 'gi://Gio';
import { LogFile } from '../../io/log-file.js';
import type { Installation } from '../model.js';
import { EventLog } from './event-log.js';

/** The user's log, for this program to write on. */
export function openLog({ program, version }: Installation): EventLog {
  const log = new EventLog(LogFile.ofUser(), program, new Gio.Credentials().get_unix_pid());
  // One that runs a single command starts too often to be worth a line.
  if (program !== 'escctl') log.record('program-started', { detail: version });
  return log;
}
