import GLib from 'gi://GLib';
import { exit } from 'system';
import { writeTo } from '../../src/io/terminal.js';

/** Runs `work` on a main loop to its end; the process ends with it. */
export function run(work: () => Promise<void>): void {
  const loop = new GLib.MainLoop(null, false);
  let status = 0;
  work()
    .catch((error: unknown) => {
      logError(error as object);
      status = 1;
    })
    .finally(() => loop.quit());
  loop.run();
  exit(status);
}

/** A line of the result, which the one who started the process reads. */
export function result(value: unknown): void {
  writeTo(1, `${JSON.stringify(value)}\n`);
}
