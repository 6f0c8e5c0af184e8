import type Gio from 'gi://Gio';
import { pace } from './pace.js';

/**
 * One asynchronous Gio operation as a promise.
 * @param start begins it with the callback
 * @param finish gives its result or throws its GLib.Error
 */
export function gioCall<T>(
  start: (done: (source: unknown, result: Gio.AsyncResult) => void) => void,
  finish: (result: Gio.AsyncResult) => T,
): Promise<T> {
  pace();
  return new Promise((resolve, reject) => {
    start((_source, result) => {
      try {
        resolve(finish(result));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
