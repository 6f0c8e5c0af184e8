import GLib from 'gi://GLib';

/** A terminal that is closed, Ctrl-C, and the wish of another program that this one ends. */
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Calls `interrupted` at each signal that asks the program to end, instead of ending it. @returns ends that */
export function onInterruption(interrupted: () => void): () => void {
  const sources = Object.values(signals).map(signal =>
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal, () => {
      interrupted();
      return GLib.SOURCE_CONTINUE;
    }),
  );
  return () => {
    for (const source of sources) GLib.source_remove(source);
  };
}
