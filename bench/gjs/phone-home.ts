/**
 * phone-home.js SCHEMADIR COUNT URL FIRST: inserts cards, some of the COUNT that are remembered, numbered from 0, and ones
 * that are new, whose document is at the URL, numbered from FIRST. Prints the times of both.
 */
import GLib from 'gi://GLib';
import { programArgs } from 'system';
import { fromHex } from '../../src/base/bytes.js';
import { systemClock } from '../../src/io/clock.js';
import { idle } from '../../src/io/idle.js';
import type { CardService, ReaderState } from '../../src/pcsc/types.js';
import { PhoneHomeCache } from '../../src/tokens/phone-home-cache.js';
import { PhoneHome } from '../../src/tokens/phone-home.js';
import { Registry } from '../../src/tokens/registry.js';
import { Settings } from '../../src/tokens/settings.js';
import { issuerKnown } from '../../test/support/phone-home/issuer-known.js';
import { cuidOf, knownUrl } from '../remembered.js';
import { result, run } from './run.js';

const [schemadir = '', count = '', url = '', first = ''] = programArgs;
const knownCards = 10;
const newCards = 10;

const settings = Settings.open(schemadir);
const cache = new PhoneHomeCache(settings);

/** A reader into which cards go without pcscd: what is measured is what Phone Home adds. */
class Reader {
  private listener: (() => void) | undefined;
  private state: ReaderState = {
    name: 'Reader',
    presence: 'empty',
    atr: new Uint8Array(),
    eventCount: 0,
    exclusive: false,
  };

  public get service(): CardService {
    const current = (): ReaderState => this.state;
    return {
      state: { kind: 'running' },
      get readers(): ReaderState[] {
        return [current()];
      },
      onChange: listener => {
        this.listener = listener;
        return () => (this.listener = undefined);
      },
      connect: () => Promise.reject(new Error('no card is read here')),
      check: () => undefined,
      close: () => undefined,
    };
  }

  public turn(presence: 'present' | 'empty'): void {
    this.state = { ...this.state, presence, eventCount: this.state.eventCount + 1 };
    this.listener?.();
  }
}

const reader = new Reader();
let inserted = { cuid: '', issuerUrl: '' };
const registry = new Registry(reader.service, systemClock, (_cards, token) => {
  const { cuid, issuerUrl } = inserted;
  const summary = {
    kind: 'coolkey',
    status: 'ENROLLED',
    isCoolKey: true,
    unfinished: false,
    cuid: fromHex(cuid),
    issuerUrl,
  } as const;
  token.learn({ kind: 'read', summary });
  return Promise.resolve();
});

/** Microseconds until the card's issuer is known, and until nothing is left to do for it. */
interface Times {
  readonly shown: number;
  readonly settled: number;
}

async function insert(cuid: string, issuerUrl: string): Promise<Times> {
  inserted = { cuid, issuerUrl };
  const begin = GLib.get_monotonic_time();
  const since = (): number => GLib.get_monotonic_time() - begin;
  reader.turn('present');
  const [token] = registry.list();
  if (token === undefined) throw new Error('there is no card');
  await issuerKnown(token);
  const shown = since();
  cache.flush();
  await idle();
  const settled = since();
  reader.turn('empty');
  return { shown, settled };
}

async function measure(): Promise<void> {
  const phoneHome = new PhoneHome(registry, settings, cache, 'ESC bench', 'on-insertion');
  const known: Times[] = [];
  const fresh: Times[] = [];
  for (let round = 0; round < knownCards; round += 1)
    known.push(await insert(cuidOf((round * 37) % Number(count)), knownUrl));
  for (let round = 0; round < newCards; round += 1)
    fresh.push(await insert(cuidOf(Number(first) + round), url));
  phoneHome.close();
  // The first ones load code.
  result({ known: known.slice(2), fresh: fresh.slice(2) });
}

run(measure);
