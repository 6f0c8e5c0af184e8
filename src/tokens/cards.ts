import { systemClock } from '../io/clock.js';
import { shimLauncher } from '../io/shim-process.js';
import { ShimClient } from '../pcsc/client.js';
import type { CardService } from '../pcsc/types.js';
import type { Installation } from './model.js';
import { Registry } from './registry.js';
import type { Settings } from './settings.js';
import { readShortly } from './short-reading.js';

/** The way to the cards, by a shim of its own. */
export function openCardService({ libexecdir }: Installation, settings: Settings): CardService {
  return new ShimClient(shimLauncher(`${libexecdir}/esc-pcsc`), systemClock, {
    get card() {
      return settings.cardTimeout;
    },
  });
}

/** The cards that are in, for a program that runs no operations. Closing the registry ends its shim. */
export function openCards(installation: Installation, settings: Settings): Registry {
  return new Registry(openCardService(installation, settings), systemClock, readShortly);
}
