import GLib from 'gi://GLib';

/** A terminal that is closed, Ctrl-C, and the wish of another program that this one ends. */
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Calls `interrupted` at each signal that asks the program to end, instead of ending it. @returns ends that */
export function onInterruption(interrupted: () => void): () => void {
  const sourceFor = signalSources();
  const sources = Object.values(signals).map(signal => {
    const source = sourceFor(signal);
    source.set_callback(() => {
      interrupted();
      return GLib.SOURCE_CONTINUE;
    });
    source.attach(null);
    return source;
  });
  return () => {
    for (const source of sources) source.destroy();
  };
}

/** In a namespace of its own since GLib 2.80, from which on GJS warns of the old name. */
function signalSources(): (signal: number) => GLib.Source {
  interface Unix {
    signal_source_new(signal: number): GLib.Source;
  }
  try {
    const { GLibUnix } = imports.gi as unknown as { readonly GLibUnix: Unix };
    return signal => GLibUnix.signal_source_new(signal);
  } catch {
    return signal => GLib.unix_signal_source_new(signal);
  }
}
