import System from 'system';

const interval = 300;

// For the whole process, as the collector is: many short-lived streams add up.
let operations = 0;

/**
 * To be called for every asynchronous Gio operation that a long-running program repeats, once it has begun: whoever
 * answers it works in the meantime.
 * GJS 1.74 drops a callback that comes while a garbage collection is going on in steps, and the operation
 * never ends; a whole collection every few hundred operations leaves it no reason to start one.
 */
export function pace(): void {
  operations += 1;
  if (operations % interval === 0) System.gc();
}
