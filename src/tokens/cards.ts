import { systemClock } from '../io/clock.js';
import { shimLauncher } from '../io/shim-process.js';
import { ShimClient } from '../pcsc/client.js';
import type { Installation } from './model.js';
import type { PhoneHomeCache } from './phone-home-cache.js';
import { Registry } from './registry.js';
import type { Settings } from './settings.js';
import { shortReading } from './short-reading.js';

/** The cards that are in, for a program that runs no operations. Closing the registry ends its shim. */
export function openCards({ libexecdir }: Installation, settings: Settings, cache: PhoneHomeCache): Registry {
  const cards = new ShimClient(shimLauncher(`${libexecdir}/esc-pcsc`), systemClock, {
    card: settings.cardTimeout,
  });
  const reading = shortReading(cuid => cache.profile(cuid));
  return new Registry(cards, systemClock, reading);
}
