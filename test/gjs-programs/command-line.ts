import { commands } from '../../src/cli/commands/table.js';
import { options } from '../../src/cli/options.js';

/** Prints what the command line of escctl takes. */
print(
  JSON.stringify({
    commands: commands.map(({ name, options: names }) => ({ name, options: names })),
    options: Object.entries(options).map(([spelling, { name, takesValue }]) => ({
      spelling,
      name,
      takesValue,
    })),
  }),
);
