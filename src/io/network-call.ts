import type Gio from 'gi://Gio';
import { pace } from './pace.js';

/**
 * One asynchronous Gio operation as a promise.
 * @param start begins it with the callback
 * @param finish gives its result or throws its GLib.Error
 */
export async function gioCall<T>(
  start: (done: (source: unknown, result: Gio.AsyncResult) => void) => void,
  finish: (result: Gio.AsyncResult) => T,
): Promise<T> {
  pace();
  const result = await new Promise<Gio.AsyncResult>(resolve => start((_source, ended) => resolve(ended)));
  return finish(result);
}
