import type Gio from 'gi://Gio';
import { deferred } from '../base/deferred.js';
import { pace } from './pace.js';

/**
 * One asynchronous Gio operation as a promise.
 * @param start begins it with the callback
 * @param finish gives its result or throws why there is none: its GLib.Error, or what the caller makes of it
 */
export function gioCall<T>(
  start: (done: (source: unknown, result: Gio.AsyncResult) => void) => void,
  finish: (result: Gio.AsyncResult) => T,
): Promise<T> {
  const { promise, resolve, reject } = deferred<T>();
  start((_source, result) => {
    try {
      resolve(finish(result));
    } catch (error) {
      reject(error as Error);
    }
  });
  pace();
  return promise;
}
