/** The shim and its client against a real pcscd with virtual readers. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.js';
import { ShimClient } from '../../src/pcsc/client.js';
import type { ClientTimes } from '../../src/pcsc/client.js';
import type { ReaderState } from '../../src/pcsc/types.js';
import { buildShim } from '../support/pcsc/build.js';
import { nodeClock } from '../support/pcsc/node-clock.js';
import { nodeLauncher } from '../support/pcsc/node-shim.js';
import type { NodeShim } from '../support/pcsc/node-shim.js';
import { PrivatePcscd } from '../support/pcsc/private-pcscd.js';
import { VirtualCard } from '../support/pcsc/virtual-card.js';
import { eventually, until } from '../support/pcsc/waiting.js';

const shim = buildShim();
const select = Buffer.from('00A4040000', 'hex');

let pcscd: PrivatePcscd;
let clients: ShimClient[];
let cards: VirtualCard[];

beforeEach(() => {
  pcscd = new PrivatePcscd();
  clients = [];
  cards = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  for (const card of cards) card.remove();
  await pcscd.remove();
});

function startClient(times: Partial<ClientTimes> = {}): { client: ShimClient; shims: NodeShim[] } {
  const { launch, started } = nodeLauncher([shim], pcscd.env);
  const client = new ShimClient(launch, nodeClock, times);
  clients.push(client);
  return { client, shims: started };
}

function reader(client: ShimClient, name: string): ReaderState | undefined {
  return client.readers.find(one => one.name === name);
}

/** Puts a card into reader `index` and waits until the client sees it. */
async function insert(
  client: ShimClient,
  index: number,
  answer?: (command: Buffer) => Buffer | undefined,
): Promise<{ card: VirtualCard; name: string }> {
  const { name, port } = pcscd.readers[index] ?? { name: '', port: 0 };
  const card = await VirtualCard.insert(port, answer);
  cards.push(card);
  await until(client, () => reader(client, name)?.presence === 'present');
  return { card, name };
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`no Failure: ${String(error)}`);
  return error;
}

describe('readers and cards', () => {
  test('a card is seen with its ATR, works, and is seen to leave', async () => {
    await pcscd.start('One');
    const { client } = startClient();
    await until(client, () => client.state.kind === 'running');
    expect(client.readers.map(({ name, presence }) => ({ name, presence }))).toEqual([
      { name: 'One 00 00', presence: 'empty' },
      { name: 'One 00 01', presence: 'empty' },
    ]);
    const { card, name } = await insert(client, 1, command =>
      Buffer.concat([command, Buffer.from([0x90, 0])]),
    );
    const seen = reader(client, name);
    expect(Buffer.from(seen?.atr ?? []).toString('hex')).toMatch(/^3bff1400ff8131fe/);

    const connection = await client.connect(name, 'shared');
    expect(connection.protocol).toBe('T=1');
    expect(connection.atr).toEqual(seen?.atr);
    const answer = await connection.transaction(() => connection.transmit(select));
    expect(Buffer.from(answer).toString('hex')).toBe('00a40400009000');
    await connection.reconnect('reset');
    expect(await connection.transmit(select)).toHaveLength(7);
    await connection.disconnect();

    card.remove();
    await until(client, () => reader(client, name)?.presence === 'empty');
    expect(reader(client, name)?.eventCount).toBeGreaterThan(seen?.eventCount ?? Infinity);
  });

  test('extended APDUs pass, as long as the virtual reader takes them', async () => {
    await pcscd.start('One');
    const { client } = startClient();
    await until(client, () => client.state.kind === 'running');
    const long = Buffer.alloc(60_000, 7);
    const { card, name } = await insert(client, 0, () => Buffer.concat([long, Buffer.from([0x90, 0])]));
    const connection = await client.connect(name, 'shared');
    const command = Buffer.concat([Buffer.from('80E20000000000', 'hex'), long]);
    command.writeUInt16BE(60_000, 5);
    const sent = Buffer.from(command);
    const answer = await connection.transmit(command);
    expect(answer).toHaveLength(60_002);
    expect(card.commands.at(-1)?.equals(sent)).toBe(true);
  });

  test('16 readers leave no room for the PnP reader, and cards are seen all the same', async () => {
    await pcscd.start('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H');
    const { client } = startClient();
    await until(client, () => client.readers.length === 16);
    const first = await insert(client, 0);
    const last = await insert(client, 15);
    first.card.remove();
    await until(client, () => reader(client, first.name)?.presence === 'empty');
    expect(reader(client, last.name)?.presence).toBe('present');
  });

  test('a slow card delays no other', async () => {
    await pcscd.start('Slow', 'Quick');
    const { client } = startClient();
    await until(client, () => client.state.kind === 'running');
    const slow = await insert(client, 0, () => undefined);
    const quick = await insert(client, 2);
    const blocked = (await client.connect(slow.name, 'shared')).transmit(select);
    await eventually(() => slow.card.commands.length === 1);
    const connection = await client.connect(quick.name, 'shared');
    for (let i = 0; i < 20; i += 1) expect(await connection.transmit(select)).toHaveLength(2);
    slow.card.send(Buffer.from('6A82', 'hex'));
    expect(Buffer.from(await blocked).toString('hex')).toBe('6a82');
  });
});

describe('what goes wrong with a card', () => {
  test('pulled in the middle of a command: card-removed, and the next insertion works', async () => {
    await pcscd.start('One');
    const { client } = startClient();
    await until(client, () => client.state.kind === 'running');
    const { card, name } = await insert(client, 0, () => undefined);
    const connection = await client.connect(name, 'shared');
    const failure = failureOf(connection.transaction(() => connection.transmit(select)));
    await eventually(() => card.commands.length === 1);
    card.remove();
    expect((await failure).code).toBe('card-removed');
    await until(client, () => reader(client, name)?.presence === 'empty');
    expect((await failureOf(connection.transmit(select))).code).toBe('card-removed');
    expect((await failureOf(client.connect(name, 'shared'))).code).toBe('card-removed');
    await connection.disconnect();

    await insert(client, 0);
    expect(await (await client.connect(name, 'shared')).transmit(select)).toHaveLength(2);
  });

  test('reset by another program: card-reset, and reconnect goes on', async () => {
    await pcscd.start('One');
    const mine = startClient().client;
    const other = startClient().client;
    await until(mine, () => mine.state.kind === 'running');
    await until(other, () => other.state.kind === 'running');
    const { name } = await insert(mine, 0);
    const connection = await mine.connect(name, 'shared');
    await (await other.connect(name, 'shared')).disconnect('reset');
    const failure = await failureOf(connection.transmit(select));
    expect([failure.code, failure.facts.result]).toEqual(['card-reset', 'SCARD_W_RESET_CARD']);
    await connection.reconnect('leave');
    expect(await connection.transmit(select)).toHaveLength(2);
  });

  test('held by another program alone: card-busy until it lets go', async () => {
    await pcscd.start('One');
    const mine = startClient().client;
    const other = startClient().client;
    await until(mine, () => mine.state.kind === 'running');
    await until(other, () => other.state.kind === 'running');
    const { name } = await insert(mine, 0);
    const exclusive = await other.connect(name, 'exclusive');
    const failure = await failureOf(mine.connect(name, 'shared'));
    expect([failure.code, failure.facts.result]).toEqual(['card-busy', 'SCARD_E_SHARING_VIOLATION']);
    await exclusive.disconnect();
    expect(await (await mine.connect(name, 'shared')).transmit(select)).toHaveLength(2);
  });

  test("in another program's transaction: card-busy, and the connection is of use afterwards", async () => {
    await pcscd.start('One');
    const mine = startClient({ busy: 300 }).client;
    const other = startClient().client;
    await until(mine, () => mine.state.kind === 'running');
    await until(other, () => other.state.kind === 'running');
    const { name } = await insert(mine, 0);
    const theirs = await other.connect(name, 'shared');
    const ours = await mine.connect(name, 'shared');
    await theirs.transaction(async () => {
      expect((await failureOf(ours.transaction(() => Promise.resolve()))).code).toBe('card-busy');
      expect((await failureOf(ours.transmit(select))).code).toBe('card-busy');
    });
    const works = async (): Promise<boolean> => (await ours.transmit(select).catch(() => [])).length === 2;
    await eventually(works);
    // Ours was given back: theirs may begin again.
    expect(await theirs.transaction(() => theirs.transmit(select))).toHaveLength(2);
  });
});

describe('what goes wrong with pcscd', () => {
  test('absent, then there', async () => {
    const { client } = startClient();
    await until(client, () => client.state.kind === 'unavailable');
    const { state } = client;
    expect(state.kind === 'unavailable' && [state.failure.code, state.failure.facts.result]).toEqual([
      'pcscd-absent',
      'SCARD_E_NO_SERVICE',
    ]);
    expect((await failureOf(client.connect('One 00 00', 'shared'))).code).toBe('pcscd-absent');
    await pcscd.start('One');
    await until(client, () => client.state.kind === 'running' && client.readers.length === 2);
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'ended by %s, started again with other readers',
    async signal => {
      await pcscd.start('One');
      const { client, shims } = startClient();
      await until(client, () => client.state.kind === 'running');
      const { card, name } = await insert(client, 0, () => undefined);
      const connection = await client.connect(name, 'shared');
      const blocked = failureOf(connection.transmit(select));
      await eventually(() => card.commands.length === 1);
      // A pcscd that is asked to end waits for its driver, which waits for the card.
      if (signal === 'SIGTERM') card.send(Buffer.from('9000', 'hex'));
      if (signal === 'SIGTERM') await blocked.catch(() => undefined);
      const stopped = pcscd.stop(signal);
      await until(client, () => client.state.kind === 'unavailable');
      await stopped;
      const { state } = client;
      expect(state.kind === 'unavailable' && state.failure.code).toBe('pcscd-stopped');
      expect(client.readers).toEqual([]);
      if (signal === 'SIGKILL') expect((await blocked).code).toBe('pcscd-stopped');
      expect((await failureOf(connection.transmit(select))).code).toBe('pcscd-stopped');
      await connection.disconnect();

      await pcscd.start('Two', 'Three');
      await until(client, () => client.readers.length === 4);
      expect(client.readers.map(one => one.name).sort()).toEqual(pcscd.readers.map(one => one.name).sort());
      const again = await insert(client, 3);
      expect(await (await client.connect(again.name, 'shared')).transmit(select)).toHaveLength(2);
      expect(shims).toHaveLength(1);
    },
  );
});

describe('what goes wrong with the shim', () => {
  test('killed: it says so, starts another, and the cards are there again', async () => {
    await pcscd.start('One');
    const { client, shims } = startClient();
    await until(client, () => client.state.kind === 'running');
    const { card, name } = await insert(client, 0, () => undefined);
    const before = reader(client, name)?.eventCount ?? 0;
    const connection = await client.connect(name, 'shared');
    const blocked = failureOf(connection.transmit(select));
    await eventually(() => card.commands.length === 1);
    const states: string[] = [];
    client.onChange(() => states.push(client.state.kind));
    shims[0]?.kill();
    expect((await blocked).code).toBe('shim-lost');
    expect((await failureOf(connection.transmit(select))).code).toBe('shim-lost');
    card.send(Buffer.from('9000', 'hex'));
    await until(client, () => client.state.kind === 'running');
    expect(states[0]).toBe('unavailable');
    expect(shims).toHaveLength(2);
    expect(reader(client, name)?.presence).toBe('present');
    expect(reader(client, name)?.eventCount).toBeGreaterThan(before);
  });

  test('stopped by a signal: silent, so it is replaced', async () => {
    await pcscd.start('One');
    const { client, shims } = startClient({ quiet: 1_000, pong: 1_000 });
    await until(client, () => client.state.kind === 'running');
    const { name } = await insert(client, 0);
    const connection = await client.connect(name, 'shared');
    const [first] = shims;
    if (first === undefined) throw new Error('no shim');
    process.kill(first.pid, 'SIGSTOP');
    const failure = await failureOf(connection.transmit(select));
    expect([failure.code, failure.detail]).toEqual(['shim-lost', 'the shim is silent']);
    expect(await first.ended).toBe('SIGKILL');
    await until(client, () => client.state.kind === 'running');
    expect(await (await client.connect(name, 'shared')).transmit(select)).toHaveLength(2);
  });

  test('a card that is silent for longer than the watch waits is no silent shim', async () => {
    await pcscd.start('One');
    const { client, shims } = startClient({ quiet: 50, pong: 1_000, card: 2_500 });
    await until(client, () => client.state.kind === 'running');
    const { card, name } = await insert(client, 0, () => undefined);
    const connection = await client.connect(name, 'shared');
    expect((await failureOf(connection.transmit(select))).code).toBe('card-silent');
    expect((await failureOf(connection.transmit(select))).code).toBe('card-silent');
    expect(shims).toHaveLength(1);
    card.send(Buffer.from('9000', 'hex'));
  });

  test('closing the client ends it at once, with a card connected', async () => {
    await pcscd.start('One');
    const { client, shims } = startClient();
    await until(client, () => client.state.kind === 'running');
    const { name } = await insert(client, 0);
    await client.connect(name, 'shared');
    client.close();
    expect(await shims[0]?.ended).toBe('SIGKILL');
    expect((await failureOf(client.connect(name, 'shared'))).code).toBe('shim-lost');
  });

  test('it is small while nothing happens', async () => {
    await pcscd.start('One', 'Two');
    const { client, shims } = startClient();
    await until(client, () => client.state.kind === 'running');
    const { name } = await insert(client, 0);
    await (await client.connect(name, 'shared')).transmit(select);
    const text = readFileSync(`/proc/${shims[0]?.pid}/status`, 'utf8');
    const anonymous = Number(/RssAnon:\s+(\d+) kB/.exec(text)?.[1]);
    expect(anonymous).toBeGreaterThan(0);
    expect(anonymous).toBeLessThan(1_024);
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1])).toBeLessThan(3 * 1_024);
  });
});
