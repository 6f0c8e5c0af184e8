/**
 * settings-work.js SCHEMADIR URL CUID...: inserts a card of each CUID, which names the Phone Home URL. Prints for each what
 * was done with the settings until its issuer was known and all was written: keys that were read and set, how often what
 * was set was handed to the backend, and the longest text among all of it.
 */
import Gio from 'gi://Gio';
import { programArgs } from 'system';
import { fromHex } from '../../src/base/bytes.js';
import { systemClock } from '../../src/io/clock.js';
import { idle } from '../../src/io/idle.js';
import type { CardService } from '../../src/pcsc/types.js';
import { PhoneHomeCache } from '../../src/tokens/phone-home-cache.js';
import { PhoneHome } from '../../src/tokens/phone-home.js';
import { Registry } from '../../src/tokens/registry.js';
import { Settings } from '../../src/tokens/settings.js';
import { issuerKnown } from '../support/phone-home/issuer-known.js';

const [schemadir = '', issuerUrl = '', ...cuids] = programArgs;

const work = { reads: 0, writes: 0, applied: 0 };
/** Characters of the longest text or list that was read or written. */
let longest = 0;

type Method = (this: object, ...values: unknown[]) => unknown;
const methods = Gio.Settings.prototype as object as Record<string, Method>;

function count(name: string, what: 'reads' | 'writes' | 'applied'): void {
  const method = methods[name];
  if (method === undefined) throw new Error(`there is no ${name}`);
  methods[name] = function (...values) {
    work[what] += 1;
    const result = method.apply(this, values);
    longest = Math.max(longest, ...[values, result].map(value => String(value).length));
    return result;
  };
}
for (const type of ['string', 'strv', 'boolean', 'int64', 'uint', 'value']) {
  count(`get_${type}`, 'reads');
  count(`set_${type}`, 'writes');
}
count('reset', 'writes');
count('apply', 'applied');

const settings = Settings.open(schemadir);
const cache = new PhoneHomeCache(settings);

let cuid = '';
let listener = (): void => undefined;
let state = { name: 'Reader', presence: 'empty', atr: new Uint8Array(), eventCount: 0, exclusive: false };
const service = {
  state: { kind: 'running' },
  get readers() {
    return [state];
  },
  onChange: (told: () => void) => {
    listener = told;
    return () => undefined;
  },
  connect: () => Promise.reject(new Error('no card is read here')),
  close: () => undefined,
} as object as CardService;

const registry = new Registry(service, systemClock, (_cards, token) => {
  const about = { kind: 'coolkey', status: 'ENROLLED', isCoolKey: true, unfinished: false } as const;
  token.learn({ kind: 'read', summary: { ...about, cuid: fromHex(cuid), issuerUrl } });
  return Promise.resolve();
});

function turn(presence: 'present' | 'empty'): void {
  state = { ...state, presence, eventCount: state.eventCount + 1 };
  listener();
}

async function insert(): Promise<object> {
  Object.assign(work, { reads: 0, writes: 0, applied: 0 });
  longest = 0;
  turn('present');
  const [token] = registry.list();
  if (token === undefined) throw new Error('there is no card');
  await issuerKnown(token);
  cache.flush();
  await idle();
  turn('empty');
  return { ...work, longest };
}

const phoneHome = new PhoneHome(registry, settings, cache, 'ESC test', 'on-insertion');
const results: object[] = [];
for (cuid of cuids) results.push(await insert());
phoneHome.close();
print(JSON.stringify(results));
