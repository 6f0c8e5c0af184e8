import { systemClock } from '../io/clock.js';
import { shimLauncher } from '../io/shim-process.js';
import { ShimClient } from '../pcsc/client.js';
import type { Installation } from './model.js';
import { Registry } from './registry.js';
import type { Settings } from './settings.js';
import { readShortly } from './short-reading.js';

/** The cards that are in, for a program that runs no operations. Closing the registry ends its shim. */
export function openCards({ libexecdir }: Installation, { cardTimeout }: Settings): Registry {
  const cards = new ShimClient(shimLauncher(`${libexecdir}/esc-pcsc`), systemClock, { card: cardTimeout });
  return new Registry(cards, systemClock, readShortly);
}
