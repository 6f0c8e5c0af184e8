import type { Cancellation } from '../../base/cancellation.js';
import { deferred } from '../../base/deferred.js';
import { Failure } from '../../base/failure.js';
import { waitFor } from '../../base/waiting.js';
import { showable } from '../../card/text.js';
import { systemClock } from '../../io/clock.js';
import { loadProblem } from '../../io/library.js';
import { isSandboxed } from '../../io/sandbox.js';
import { _, fill, ngettext } from '../../io/text.js';
import type { Connector, ServerAddress } from '../../protocol/ports.js';
import { parseTpsUrl, serverName } from '../../protocol/url.js';
import type { OpenModel } from '../model.js';
import type { PhoneHome } from '../phone-home.js';
import type { Registry } from '../registry.js';
import type { Settings } from '../settings.js';
import type { Token } from '../token.js';
import type { Check, Finding } from './check-up.js';

/** A library by which browsers and mail programs use the card. */
export interface ModuleFile {
  readonly name: string;
  readonly path: string;
}

/** Milliseconds for pcscd to answer, and for a card to be read. */
const patience = 10_000;

/** All that is tested, in order. @param findModules gives the PKCS #11 modules for cards that are installed */
export function allChecks(
  {
    registry,
    settings,
    connector,
    phoneHome,
  }: Pick<OpenModel, 'registry' | 'settings' | 'connector' | 'phoneHome'>,
  findModules: () => readonly ModuleFile[],
): Check[] {
  const servers = async (cancellation: Cancellation): Promise<ServerAddress[]> => {
    const tokens = registry.list();
    // Where an operation would go: Phone Home is asked where it was not yet.
    const states = await Promise.all(tokens.map(token => phoneHome.stateFor(token, cancellation)));
    const known = new Set([...states.map(({ tpsUrl }) => tpsUrl), settings.fallbackTpsUrl]);
    known.delete('');
    if (known.size === 0) throw new Failure('no-server-url', 'no TPS URL is known');
    return [...known].map(url => parseTpsUrl(url).server);
  };
  return [
    { id: 'pcscd', needs: [], run: cancellation => checkService(registry, cancellation) },
    { id: 'readers', needs: ['pcscd'], run: () => checkReaders(registry) },
    { id: 'card', needs: ['readers'], run: cancellation => checkCards(registry, cancellation) },
    {
      id: 'phone-home',
      needs: [],
      run: cancellation => checkPhoneHome(registry, settings, phoneHome, cancellation),
    },
    {
      id: 'tps',
      needs: [],
      run: async cancellation => checkServers(connector, await servers(cancellation), cancellation),
    },
    {
      id: 'tls',
      needs: ['tps'],
      run: async cancellation => checkTls(connector, await servers(cancellation), cancellation),
    },
    { id: 'pkcs11', needs: [], run: () => checkModules(findModules) },
  ];
}

function fine(found: string): Finding {
  return { state: 'fine', found };
}

function skipped(found: string): Finding {
  return { state: 'skipped', found };
}

async function checkService(registry: Registry, cancellation: Cancellation): Promise<Finding> {
  await whenTrue(
    registry,
    () => registry.state.kind !== 'starting',
    cancellation,
    new Failure('pcscd-absent', `no answer within ${patience} ms`),
  );
  if (registry.state.kind === 'unavailable') throw registry.state.failure;
  return fine(_('The smart card service (pcscd) is running.'));
}

function checkReaders({ readers }: Registry): Promise<Finding> {
  if (readers.length === 0)
    return Promise.reject(
      new Failure('reader-lost', 'there is no reader', { result: 'SCARD_E_NO_READERS_AVAILABLE' }),
    );
  const names = readers.map(({ name }) => showable(name)).join(', ');
  const text = ngettext('One reader: {names}.', '{count} readers: {names}.', readers.length);
  return Promise.resolve(fine(fill(text, { count: readers.length, names })));
}

async function checkCards(registry: Registry, cancellation: Cancellation): Promise<Finding> {
  const tokens = registry.list();
  if (tokens.length === 0) return skipped(_('No card is in. Insert one to have it tested.'));
  for (const token of tokens)
    await whenTrue(
      token,
      () => token.gone || token.known.kind === 'unreadable' || token.contents !== undefined,
      cancellation,
      new Failure('card-silent', `not read within ${patience} ms`, { reader: token.reader }),
    );
  for (const token of tokens) checkCard(token);
  const cards = tokens.map(({ cuid, status }) => `${cuid} (${status})`).join(', ');
  const text = ngettext('One card: {cards}.', '{count} cards: {cards}.', tokens.length);
  return fine(fill(text, { count: tokens.length, cards }));
}

function checkCard(token: Token): void {
  const { loss, known, reader, summary, unfinished } = token;
  if (loss !== undefined) throw loss;
  if (known.kind === 'unreadable') throw known.failure;
  if (unfinished) throw new Failure('card-unfinished', 'the card is unfinished', { reader });
  if (summary?.kind === 'unknown')
    throw new Failure('pcsc-error', 'no applet that is known', { reader, result: 'SCARD_E_UNKNOWN_CARD' });
}

/** Asks what each URL leads to, for its card; without cards, the one that is set for all. */
async function checkPhoneHome(
  registry: Registry,
  settings: Settings,
  phoneHome: PhoneHome,
  cancellation: Cancellation,
): Promise<Finding> {
  const { globalPhoneHomeUrl } = settings;
  const cards = registry.list().filter(({ phoneHome: { url } }) => url !== '');
  const asked = cards.map(({ phoneHome: { url }, cuid }) => ({ url, cuid }));
  if (asked.length === 0 && globalPhoneHomeUrl !== '') asked.push({ url: globalPhoneHomeUrl, cuid: '' });
  if (asked.length === 0)
    return skipped(_('No Phone Home URL is known, neither to a card nor to the settings.'));
  const issuers = new Set<string>();
  for (const { url, cuid } of asked) {
    const { issuerName, host } = await phoneHome.test(url, cuid, cancellation);
    issuers.add(`${url} (${issuerName || host})`);
  }
  return fine(fill(_('Answers: {urls}.'), { urls: [...issuers].join(', ') }));
}

async function checkServers(
  connector: Connector,
  servers: readonly ServerAddress[],
  cancellation: Cancellation,
): Promise<Finding> {
  // Whether it can be reached, whatever it speaks there.
  for (const server of servers)
    (await connector.connect({ ...server, scheme: 'http' }, cancellation)).close();
  return fine(fill(_('Can be reached: {servers}.'), { servers: namesOf(servers) }));
}

async function checkTls(
  connector: Connector,
  servers: readonly ServerAddress[],
  cancellation: Cancellation,
): Promise<Finding> {
  const plain = servers.filter(({ scheme }) => scheme === 'http');
  const secure = servers.filter(({ scheme }) => scheme === 'https');
  for (const server of secure) (await connector.connect(server, cancellation)).close();
  if (plain.length > 0)
    return skipped(
      fill(_('Not protected (http), passwords can be read on the way: {servers}.'), {
        servers: namesOf(plain),
      }),
    );
  return fine(
    fill(_('Protected, with a certificate that is trusted: {servers}.'), { servers: namesOf(secure) }),
  );
}

async function checkModules(findModules: () => readonly ModuleFile[]): Promise<Finding> {
  if (isSandboxed())
    return skipped(
      _(
        'From within a sandbox (Flatpak) it cannot be seen which modules your browsers and mail programs have.',
      ),
    );
  const modules = findModules();
  const [first] = modules;
  if (first === undefined) throw new Failure('module-missing', 'no PKCS #11 module for cards was found');
  for (const { path } of modules) {
    const problem = await loadProblem(path);
    if (problem !== undefined) throw new Failure('module-unusable', problem, { named: path });
  }
  return fine(
    fill(_('Can be loaded: {modules}.'), {
      modules: modules.map(({ name, path }) => `${name} (${path})`).join(', '),
    }),
  );
}

function namesOf(servers: readonly ServerAddress[]): string {
  return servers.map(serverName).join(', ');
}

/** What tells of its changes: a token, or the registry. */
type Changing = Token | Registry;

async function whenTrue(
  changing: Changing,
  isTrue: () => boolean,
  cancellation: Cancellation,
  tooLate: Failure,
): Promise<void> {
  const done = deferred<undefined>();
  const look = (): void => {
    if (isTrue()) done.resolve(undefined);
  };
  const forget = subscribe(changing, look);
  try {
    look();
    const limit = { clock: systemClock, milliseconds: patience, failure: () => tooLate };
    await waitFor(done.promise, cancellation, limit);
  } finally {
    forget();
  }
}

function subscribe(changing: Changing, look: () => void): () => void {
  if ('onChange' in changing) return changing.onChange(look);
  const handler = changing.connect('changed', look);
  return () => changing.disconnect(handler);
}
