/** The shim and its client with a libpcsclite that says what the real one cannot be brought to say. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Cancellation } from '../../src/base/cancellation.js';
import { Failure } from '../../src/base/failure.js';
import { ShimClient } from '../../src/pcsc/client.js';
import type { ClientTimes } from '../../src/pcsc/client.js';
import { results } from '../../src/pcsc/results.js';
import type { CardConnection } from '../../src/pcsc/types.js';
import { buildShim } from '../support/pcsc/build.js';
import { empty, FakePcsc, present } from '../support/pcsc/fake-pcsc.js';
import { nodeClock } from '../support/pcsc/node-clock.js';
import { nodeLauncher } from '../support/pcsc/node-shim.js';
import type { NodeShim } from '../support/pcsc/node-shim.js';
import { eventually, until } from '../support/pcsc/waiting.js';

const shim = buildShim();
const card = `reader ${present(1).toString(16)} 3B021450 A Reader`;
const select = Uint8Array.from([0, 0xa4, 4, 0, 0]);

let pcsc: FakePcsc;
let clients: ShimClient[];

beforeEach(() => {
  pcsc = new FakePcsc();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await pcsc.remove();
});

function startClient(times: Partial<ClientTimes> = {}): { client: ShimClient; shims: NodeShim[] } {
  const { launch, started } = nodeLauncher([shim], pcsc.env);
  const client = new ShimClient(launch, nodeClock, { settle: 1, ...times });
  clients.push(client);
  return { client, shims: started };
}

async function running(times: Partial<ClientTimes> = {}): Promise<{ client: ShimClient; shims: NodeShim[] }> {
  const started = startClient(times);
  await until(started.client, () => started.client.state.kind === 'running');
  return started;
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`no Failure: ${String(error)}`);
  return error;
}

function called(name: string): number {
  return pcsc.calls().filter(call => call.startsWith(name)).length;
}

describe('every result', () => {
  const ofPcsc = results.filter(([, name]) => name.startsWith('SCARD_'));

  test('of connecting has its name and its failure', async () => {
    pcsc.script(card);
    const { client } = await running();
    for (const [code, name, expected] of ofPcsc) {
      pcsc.script(card, `result SCardConnect ${code.toString(16)}`);
      const failure = await failureOf(client.connect('A Reader', 'shared'));
      expect([failure.facts.result, failure.code, failure.facts.reader]).toEqual([
        name,
        expected,
        'A Reader',
      ]);
    }
  });

  const calls: readonly (readonly [string, (connection: CardConnection) => Promise<unknown>])[] = [
    ['SCardTransmit', connection => connection.transmit(select)],
    ['SCardBeginTransaction', connection => connection.transaction(() => Promise.resolve())],
    ['SCardReconnect', connection => connection.reconnect('reset')],
  ];
  test.each(calls)('of %s too, and the connection is there for the next', async (call, ask) => {
    pcsc.script(card);
    const { client } = await running();
    const connection = await client.connect('A Reader', 'shared');
    for (const [code, name, expected] of ofPcsc) {
      pcsc.script(card, `result ${call} ${code.toString(16)}`);
      const failure = await failureOf(ask(connection));
      expect([failure.facts.result, failure.code]).toEqual([name, expected]);
    }
    pcsc.script(card);
    await ask(connection);
  });

  test('of ending a transaction and of disconnecting harms nobody', async () => {
    pcsc.script(card);
    const { client } = await running();
    for (const [code] of ofPcsc) {
      const result = code.toString(16);
      pcsc.script(card, `result SCardEndTransaction ${result}`, `result SCardDisconnect ${result}`);
      const connection = await client.connect('A Reader', 'shared');
      expect(await connection.transaction(() => connection.transmit(select))).toHaveLength(2);
      await connection.disconnect();
    }
    expect(client.state.kind).toBe('running');
  });

  test('that nobody has heard of is passed on by its number', async () => {
    pcsc.script(card, 'result SCardConnect 8010ABCD');
    const { client } = await running();
    const failure = await failureOf(client.connect('A Reader', 'shared'));
    expect([failure.code, failure.facts.result]).toEqual(['pcsc-error', 'SCARD_UNKNOWN_RESULT']);
    expect(failure.detail).toContain('8010ABCD');
  });

  test('of saying that the card is in use is that of the connect, and the card is let go', async () => {
    pcsc.script(card, 'result SCardReconnect 80100068');
    const { client } = await running();
    expect((await failureOf(client.connect('A Reader', 'shared'))).code).toBe('card-reset');
    const calls = pcsc.calls();
    const begun = calls.indexOf('SCardConnect A Reader 2');
    expect(calls.slice(begun, begun + 4)).toEqual([
      'SCardConnect A Reader 2',
      'SCardReconnect 2 0',
      'SCardDisconnect 0',
      'SCardReleaseContext',
    ]);
    pcsc.script(card);
    expect((await client.connect('A Reader', 'shared')).protocol).toBe('T=1');
  });

  test('of establishing a context for a connection is that of the connect', async () => {
    pcsc.script(card);
    const { client } = await running();
    pcsc.script(card, 'result SCardEstablishContext 8010006A');
    expect((await failureOf(client.connect('A Reader', 'shared'))).code).toBe('pcscd-refused');
  });
});

describe('the service', () => {
  test.each([
    ['8010001D', 'pcscd-absent', 'SCARD_E_NO_SERVICE'],
    ['8010006A', 'pcscd-refused', 'SCARD_W_SECURITY_VIOLATION'],
    ['8010001E', 'pcscd-incompatible', 'SCARD_E_SERVICE_STOPPED'],
    ['80100006', 'pcsc-error', 'SCARD_E_NO_MEMORY'],
  ])('that gives no context (%s) is %s, and comes back', async (code, expected, name) => {
    pcsc.script(`result SCardEstablishContext ${code}`);
    const { client } = startClient();
    await until(client, () => client.state.kind === 'unavailable');
    const { state } = client;
    if (state.kind !== 'unavailable') throw new Error(state.kind);
    expect([state.failure.code, state.failure.facts.result]).toEqual([expected, name]);
    expect((await failureOf(client.connect('A Reader', 'shared'))).code).toBe(expected);
    pcsc.script(card);
    pcsc.touchSocket();
    await until(client, () => client.state.kind === 'running');
    expect(client.readers).toHaveLength(1);
  });

  test.each(['SCardListReaders', 'SCardGetStatusChange'])(
    'that is lost in %s is pcscd-stopped',
    async call => {
      pcsc.script(card);
      const { client } = await running();
      // A second reader, so that the list is asked for as well; and it does not come back at once.
      const lines = [card, `reader ${empty(0).toString(16)} - B`, 'block SCardEstablishContext'];
      pcsc.script(...lines, `result ${call} 80100013`);
      await until(client, () => client.state.kind === 'unavailable');
      const { state } = client;
      expect(state.kind === 'unavailable' && state.failure.code).toBe('pcscd-stopped');
      expect(client.readers).toEqual([]);
      pcsc.script(card);
      await until(client, () => client.state.kind === 'running');
    },
  );

  test('that refuses and goes away after it has run is pcscd-stopped, not absent', async () => {
    pcsc.script(card);
    const { client } = await running();
    const code = (): string | undefined =>
      client.state.kind === 'unavailable' ? client.state.failure.code : undefined;
    pcsc.script('result SCardEstablishContext 8010006A', 'result SCardGetStatusChange 8010001D');
    await until(client, () => code() === 'pcscd-refused');
    pcsc.script('result SCardEstablishContext 8010001D');
    await until(client, () => code() === 'pcscd-stopped');
  });

  test('that is killed and hangs up on who comes meanwhile is pcscd-stopped, never refused', async () => {
    pcsc.script(card);
    const { client } = await running();
    const codes = new Set<string>();
    client.onChange(() => {
      if (client.state.kind === 'unavailable') codes.add(client.state.failure.code);
    });
    const established = called('SCardEstablishContext');
    pcsc.script('result SCardEstablishContext 8010006A', 'result SCardGetStatusChange 8010001D');
    await eventually(() => called('SCardEstablishContext') >= established + 2);
    pcsc.script('result SCardEstablishContext 8010001D');
    await eventually(() => called('SCardEstablishContext') >= established + 4);
    pcsc.script(card);
    await until(client, () => client.state.kind === 'running');
    expect([...codes]).toEqual(['pcscd-stopped']);
  });

  test('that stays away is left alone after a few tries, until its socket appears', async () => {
    pcsc.script('result SCardEstablishContext 8010001D');
    const { client } = startClient();
    await eventually(() => called('SCardEstablishContext') === 7);
    await new Promise(resolve => setTimeout(resolve, 2_000));
    expect(called('SCardEstablishContext')).toBeLessThanOrEqual(8);
    pcsc.script(card);
    const asked = performance.now();
    pcsc.touchSocket();
    await until(client, () => client.state.kind === 'running');
    // Long before the shim would have tried again by itself.
    expect(performance.now() - asked).toBeLessThan(20_000);
  });
});

describe('readers', () => {
  test('are waited for in one call, without polling', async () => {
    pcsc.script(card, `reader ${empty(0).toString(16)} - B`);
    const { client } = await running();
    expect(client.readers).toHaveLength(2);
    // All readers and the PnP reader; one look more a second after the list changed; then no end.
    await eventually(() => {
      const calls = pcsc.calls();
      return (
        calls.includes('SCardGetStatusChange 3 limited') && calls.at(-1) === 'SCardGetStatusChange 3 infinite'
      );
    });
    const quiet = pcsc.calls().length;
    await new Promise(resolve => setTimeout(resolve, 1_500));
    expect(pcsc.calls()).toHaveLength(quiet);
    const limited = pcsc.calls().filter(call => call.endsWith('limited'));
    expect(limited).toEqual(['SCardGetStatusChange 3 limited']);
  });

  test('come and go', async () => {
    pcsc.script();
    const { client } = await running();
    expect(client.readers).toEqual([]);
    await eventually(() => pcsc.calls().at(-1) === 'SCardGetStatusChange 1 infinite');
    pcsc.script(card);
    await until(client, () => client.readers.length === 1);
    expect(client.readers[0]).toEqual({
      name: 'A Reader',
      presence: 'present',
      atr: Uint8Array.of(0x3b, 2, 0x14, 0x50),
      eventCount: 1,
      exclusive: false,
    });
    pcsc.script(card, `reader ${empty(0).toString(16)} - Ünï ①`);
    await until(client, () => client.readers.length === 2);
    expect(client.readers[1]?.name).toBe('Ünï ①');
    pcsc.script(`reader ${empty(0).toString(16)} - Ünï ①`);
    await until(client, () => client.readers.length === 1);
    expect(client.readers[0]?.name).toBe('Ünï ①');
    pcsc.script();
    await until(client, () => client.readers.length === 0);
  });

  test('16 of them are waited for without the PnP reader, and 15 with it again', async () => {
    const lines = Array.from({ length: 16 }, (_, i) => `reader ${empty(0).toString(16)} - Reader ${i}`);
    pcsc.script(...lines);
    const { client } = await running();
    expect(client.readers).toHaveLength(16);
    await eventually(() => pcsc.calls().at(-1) === 'SCardGetStatusChange 16 infinite');
    pcsc.script(...lines.slice(1));
    await until(client, () => client.readers.length === 15);
    await eventually(() => pcsc.calls().at(-1) === 'SCardGetStatusChange 16 infinite');
    pcsc.script(...lines.slice(2));
    await until(client, () => client.readers.length === 14);
    await eventually(() => pcsc.calls().at(-1) === 'SCardGetStatusChange 15 infinite');
  });

  test('a mute card, one that another program holds, a count that wraps', async () => {
    const reader = (state: number): string => `reader ${(state >>> 0).toString(16)} 3B00 A Reader`;
    pcsc.script(reader((0xffff << 16) | 0x220));
    const { client } = await running();
    expect(client.readers[0]?.presence).toBe('mute');
    pcsc.script(reader(0xa0));
    await until(client, () => client.readers[0]?.exclusive === true);
    expect(client.readers[0]?.eventCount).toBe(0x10000);
    pcsc.script(reader(0x10));
    await until(client, () => client.readers[0]?.presence === 'empty');
    expect(client.readers[0]?.atr).toHaveLength(0);
  });
});

describe('commands', () => {
  test('of 65,548 bytes, and answers of as many', async () => {
    pcsc.script(card, 'answer 65548');
    const { client } = await running();
    const connection = await client.connect('A Reader', 'shared');
    const command = Uint8Array.from({ length: 65_548 }, (_, i) => i % 251);
    const sum = command.reduce((total, byte) => total + byte, 0);
    const answer = await connection.transmit(command);
    const expected = Buffer.from(Uint8Array.from({ length: 65_548 }, (_, i) => i % 256));
    expect(expected.equals(answer)).toBe(true);
    expect(pcsc.calls()).toContain(`SCardTransmit 2 65548 ${sum}`);
    expect((await failureOf(connection.transmit(new Uint8Array(65_549)))).code).toBe('malformed-data');
    expect((await failureOf(connection.transmit(new Uint8Array(0)))).code).toBe('malformed-data');
  });

  test('are sent one after the other, those of other connections at the same time', async () => {
    pcsc.script(card, 'block SCardTransmit');
    const { client } = await running();
    const slow = await client.connect('A Reader', 'shared');
    const blocked = [1, 2, 3, 4, 5, 6, 7, 8].map(length => slow.transmit(new Uint8Array(length).fill(1)));
    await eventually(() => called('SCardTransmit') === 1);
    const other = await client.connect('A Reader', 'exclusive');
    await other.reconnect('unpower');
    expect(other.protocol).toBe('T=0');
    expect(called('SCardTransmit')).toBe(1);
    pcsc.script(card);
    await Promise.all(blocked);
    expect(pcsc.calls().filter(call => call.startsWith('SCardTransmit'))).toEqual(
      blocked.map((_, i) => `SCardTransmit 2 ${i + 1} ${i + 1}`),
    );
    expect(pcsc.calls()).toContain('SCardReconnect 1 2');
  });

  test('of a transaction: it is ended, with the disposition, also when the work fails', async () => {
    pcsc.script(card);
    const { client } = await running();
    const connection = await client.connect('A Reader', 'shared');
    const failure = new Failure('server-closed', 'elsewhere');
    await expect(connection.transaction(() => Promise.reject(failure), 'reset')).rejects.toBe(failure);
    const transaction = pcsc.calls().filter(call => call.includes('Transaction'));
    expect(transaction).toEqual(['SCardBeginTransaction', 'SCardEndTransaction 1']);
  });

  test('to a card that does not answer: card-silent, and it is disconnected once it lets go', async () => {
    pcsc.script(card, 'block SCardTransmit');
    const { client, shims } = await running({ card: 200, quiet: 50, pong: 5_000 });
    const connection = await client.connect('A Reader', 'shared');
    const waiting = [connection.transmit(select), connection.transmit(select)];
    for (const one of waiting) expect((await failureOf(one)).code).toBe('card-silent');
    expect((await failureOf(connection.reconnect('reset'))).code).toBe('card-silent');
    await connection.disconnect();
    expect(called('SCardDisconnect')).toBe(0);
    pcsc.script(card);
    await eventually(() => pcsc.calls().includes('SCardDisconnect 1'));
    expect(called('SCardTransmit')).toBe(1);
    expect(shims).toHaveLength(1);
    expect(await (await client.connect('A Reader', 'shared')).transmit(select)).toHaveLength(2);
  });

  test('connecting can be cancelled, and is undone when it comes through', async () => {
    pcsc.script(card, 'block SCardConnect');
    const { client } = await running();
    const cancellation = new Cancellation();
    const connecting = failureOf(client.connect('A Reader', 'shared', cancellation));
    await eventually(() => called('SCardConnect') === 1);
    cancellation.cancel();
    expect((await connecting).code).toBe('cancelled');
    pcsc.script(card);
    await eventually(() => called('SCardDisconnect') === 1);
  });

  test('an ATR that the driver does not give comes from the reader', async () => {
    pcsc.script(`reader ${present(1).toString(16)} 3B0100 A Reader`, 'result SCardGetAttrib 8010001F');
    const { client } = await running();
    expect((await client.connect('A Reader', 'shared')).atr).toEqual(Uint8Array.of(0x3b, 1, 0));
    pcsc.script(`reader ${present(1).toString(16)} 3B0100 A Reader`);
    expect((await client.connect('A Reader', 'shared')).atr).toEqual(Uint8Array.of(0x3b, 2, 0x14, 0x50));
  });
});
