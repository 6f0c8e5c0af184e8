import { GioConnector } from '../io/network.js';
import { shimLauncher } from '../io/shim-process.js';
import { systemClock } from '../io/clock.js';
import { ShimClient } from '../pcsc/client.js';
import { Operator } from './operation.js';
import { readToken } from './reading.js';
import { Registry } from './registry.js';
import { Settings } from './settings.js';

/** Where the program was installed. */
export interface Installation {
  readonly version: string;
  readonly pkgdatadir: string;
  readonly libexecdir: string;
  readonly localedir: string;
  readonly schemadir: string;
}

/** The one model that window, agent and command line stand on. */
export interface OpenModel {
  readonly registry: Registry;
  readonly operator: Operator;
  readonly settings: Settings;
  /** Ends the shim. */
  close(): void;
}

export function openModel(installation: Installation): OpenModel {
  const settings = Settings.open(installation.schemadir);
  const cards = new ShimClient(shimLauncher(`${installation.libexecdir}/esc-pcsc`), systemClock, {
    card: settings.cardTimeout,
  });
  const connector = new GioConnector({ connectTimeout: settings.connectTimeout });
  const operator = new Operator(cards, connector, systemClock, settings, `ESC ${installation.version}`);
  const registry = new Registry(cards, systemClock, readToken);
  return { registry, operator, settings, close: () => registry.close() };
}
