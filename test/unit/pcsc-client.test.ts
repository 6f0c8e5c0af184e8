/** The client with a shim in memory, for faults of time that a real one cannot be brought to show. */
import { describe, expect, test } from 'vitest';
import { ByteReader, concatBytes, fromHex, u32 } from '../../src/base/bytes.js';
import { Failure } from '../../src/base/failure.js';
import { ShimClient } from '../../src/pcsc/client.js';
import type { ShimProcess } from '../../src/pcsc/types.js';
import { FakeClock, settle } from '../support/protocol/fake-clock.js';

const hello = '41 0001';
const running = '42 01 00000000 00';
const oneCard = '43 01 01 52 00010020 02 3B00';
const times = { quiet: 2_000, pong: 3_000, card: 60_000, busy: 10_000, settle: 1_000, restart: 100 };

class ScriptedShim implements ShimProcess {
  public readonly requests: { readonly operation: number; readonly tag: number }[] = [];
  public killed = false;
  private received: (bytes: Uint8Array) => void = () => undefined;

  public listen(received: (bytes: Uint8Array) => void): void {
    this.received = received;
  }

  public write(bytes: Uint8Array): void {
    const from = new ByteReader(bytes.subarray(4));
    this.requests.push({ operation: from.u8(), tag: from.u32() });
  }

  public kill(): void {
    this.killed = true;
    this.received(new Uint8Array(0));
  }

  public say(...frames: readonly string[]): void {
    for (const frame of frames.map(fromHex)) this.received(concatBytes(u32(frame.length), frame));
  }

  /** Answers the last request with success. */
  public answer(body = '', index = this.requests.length - 1): void {
    const { operation, tag } = this.requests[index] ?? { operation: 0, tag: 0 };
    const head = concatBytes(Uint8Array.of(operation | 0x80), u32(tag), u32(0), Uint8Array.of(0));
    const frame = concatBytes(head, fromHex(body));
    this.received(concatBytes(u32(frame.length), frame));
  }

  public end(): void {
    this.received(new Uint8Array(0));
  }
}

/** Timers fire as late as a program has been asleep, or busy. */
class SleepyClock extends FakeClock {
  private slept = 0;

  public override now(): number {
    return super.now() + this.slept;
  }

  public sleep(milliseconds: number): void {
    this.slept += milliseconds;
  }
}

function setUp(): { clock: SleepyClock; shims: ScriptedShim[]; client: ShimClient; shim: ScriptedShim } {
  const clock = new SleepyClock();
  const shims: ScriptedShim[] = [];
  const client = new ShimClient(
    () => {
      const shim = new ScriptedShim();
      shims.push(shim);
      return shim;
    },
    clock,
    times,
  );
  const [shim] = shims;
  if (shim === undefined) throw new Error('not started');
  return { clock, shims, client, shim };
}

async function ready(): Promise<ReturnType<typeof setUp>> {
  const all = setUp();
  all.shim.say(hello, running, oneCard);
  // The timer that watched the start.
  await all.clock.advance(10_000);
  return all;
}

function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );
}

function stateOf(client: ShimClient): string {
  return client.state.kind === 'unavailable' ? client.state.failure.code : client.state.kind;
}

const command = Uint8Array.of(0, 0xa4, 4, 0);
const ping = 1;
const connect = 2;
const disconnect = 3;

async function connected(all: ReturnType<typeof setUp>): ReturnType<ShimClient['connect']> {
  const connecting = all.client.connect('R', 'shared');
  await settle();
  all.shim.answer('02 3B00');
  return connecting;
}

describe('a shim that is idle', () => {
  test('has no timer, and is never asked anything', async () => {
    const { clock, shim, client } = await ready();
    expect(stateOf(client)).toBe('running');
    expect(clock.pending).toBe(0);
    await clock.advance(3_600_000);
    expect(shim.requests).toEqual([]);
  });

  test('is asked when somebody wants to know, and has no timer again when it has answered', async () => {
    const { clock, shims, shim, client } = await ready();
    client.check();
    client.check();
    expect(shim.requests).toEqual([{ operation: ping, tag: 0 }]);
    shim.answer();
    await clock.advance(3_600_000);
    expect(stateOf(client)).toBe('running');
    expect(shims).toHaveLength(1);
    expect(clock.pending).toBe(0);
    client.check();
    expect(shim.requests).toHaveLength(2);
  });

  test('and silent is replaced when somebody wants to know', async () => {
    const { clock, shims, shim, client } = await ready();
    shim.requests.length = 0;
    client.check();
    await clock.advance(times.pong);
    expect(stateOf(client)).toBe('shim-lost');
    expect(shim.killed).toBe(true);
    await clock.advance(times.restart);
    expect(shims).toHaveLength(2);
    shims[1]?.say(hello, running, oneCard);
    expect(stateOf(client)).toBe('running');
  });

  test('has none either once a command has been answered', async () => {
    const all = await ready();
    const connection = await connected(all);
    const answer = connection.transmit(command);
    all.shim.answer('9000');
    expect(await answer).toEqual(fromHex('9000'));
    await all.clock.advance(2_000);
    expect(all.clock.pending).toBe(0);
  });
});

describe('a shim that is silent', () => {
  test('from the start is replaced', async () => {
    const { clock, shims, client } = setUp();
    await clock.advance(5_000);
    expect(shims[0]?.killed).toBe(true);
    expect(stateOf(client)).toBe('shim-lost');
    await clock.advance(100);
    expect(shims).toHaveLength(2);
    shims[1]?.say(hello, running, oneCard);
    expect(stateOf(client)).toBe('running');
  });

  test('while a command waits is asked, and replaced when it does not answer', async () => {
    const all = await ready();
    const connection = await connected(all);
    const code = codeOf(connection.transmit(command));
    await all.clock.advance(1_999);
    expect(all.shim.requests.at(-1)?.operation).toBe(7);
    await all.clock.advance(1);
    expect(all.shim.requests.at(-1)).toEqual({ operation: 1, tag: 0 });
    await all.clock.advance(2_999);
    expect(all.shim.killed).toBe(false);
    await all.clock.advance(1);
    expect(all.shim.killed).toBe(true);
    expect(await code).toBe('shim-lost');
    expect(await codeOf(connection.transmit(command))).toBe('shim-lost');
  });

  test('is not replaced as long as it answers that, however long the card takes', async () => {
    const all = await ready();
    const connection = await connected(all);
    const code = codeOf(connection.transmit(command));
    for (let second = 0; second < 59; second += 1) {
      await all.clock.advance(1_000);
      if (all.shim.requests.at(-1)?.operation === 1) all.shim.answer();
    }
    expect(all.shim.killed).toBe(false);
    await all.clock.advance(1_000);
    expect(await code).toBe('card-silent');
    // The connection is given up: reset, and nothing is asked any more.
    expect(all.shim.requests.at(-1)?.operation).toBe(3);
    expect(await codeOf(connection.transmit(command))).toBe('card-silent');
  });

  test('only because this program slept is given the time to say what it said meanwhile', async () => {
    const all = await ready();
    const connection = await connected(all);
    const answer = connection.transmit(command);
    await all.clock.advance(2_000);
    expect(all.shim.requests.at(-1)?.operation).toBe(1);
    all.clock.sleep(100_000);
    await all.clock.advance(3_000);
    all.shim.answer('9000', 1);
    expect(await answer).toHaveLength(2);
    await all.clock.advance(10_000);
    expect(all.shim.killed).toBe(false);
    expect(all.clock.pending).toBe(0);
  });

  test('and stays so after that is replaced all the same', async () => {
    const all = await ready();
    const connection = await connected(all);
    const code = codeOf(connection.transmit(command));
    await all.clock.advance(2_000);
    all.clock.sleep(50_000);
    await all.clock.advance(3_200);
    expect(await code).toBe('shim-lost');
  });
});

describe('a shim that is lost', () => {
  test('again and again is started ever more rarely, and often again after it ran well', async () => {
    const { clock, shims, client } = setUp();
    const waits: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const before = shims.length;
      shims.at(-1)?.end();
      expect(stateOf(client)).toBe('shim-lost');
      let waited = 0;
      for (; shims.length === before; waited += 100) await clock.advance(100);
      waits.push(waited);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000]);
    shims.at(-1)?.say(hello, running, oneCard);
    await clock.advance(10_000);
    shims.at(-1)?.end();
    const before = shims.length;
    await clock.advance(100);
    expect(shims).toHaveLength(before + 1);
  });

  test.each([
    ['of another version', '41 0002'],
    ['that sends noise', '13 37'],
    ['that sends a frame cut short', '42 01 00'],
  ])('%s is killed', (_, frame) => {
    const { shim, client, clock } = setUp();
    shim.say(frame);
    expect(shim.killed).toBe(true);
    expect(stateOf(client)).toBe('shim-lost');
    client.close();
    expect(clock.pending).toBe(0);
  });

  test('because there is none says so', () => {
    const missing = new Failure('shim-missing', 'no such file');
    const client = new ShimClient(
      () => {
        throw missing;
      },
      new FakeClock(),
      times,
    );
    expect(client.state).toEqual({ kind: 'unavailable', failure: missing });
    client.close();
  });
});

describe('readers', () => {
  test('count on when pcscd counts from the start again', async () => {
    const { shim, client } = await ready();
    const counts = [client.readers[0]?.eventCount];
    for (const frame of [
      '43 01 01 52 00050010 00',
      '43 01 01 52 00020020 00',
      '42 04 8010001D 00',
      '43 01 01 52 00000020 00',
    ]) {
      shim.say(frame);
      counts.push(client.readers[0]?.eventCount);
    }
    expect(counts).toEqual([1, 5, 0x10002, undefined, 0x10003]);
  });

  test('are told of only when something is new, and a listener that throws stops nobody', async () => {
    const { shim, client } = await ready();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    const handlers = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    let calls = 0;
    client.onChange(() => {
      throw new Error('mine');
    });
    const stop = client.onChange(() => (calls += 1));
    shim.say(oneCard, oneCard);
    expect(calls).toBe(0);
    shim.say('43 00');
    expect(calls).toBe(1);
    stop();
    shim.say(oneCard);
    expect(calls).toBe(1);
    await settle();
    process.removeAllListeners('unhandledRejection');
    for (const handler of handlers) process.on('unhandledRejection', handler);
    expect(unhandled).toHaveLength(2);
  });
});

describe('connections', () => {
  test("wait for another program's transaction so long, and give back one that comes late", async () => {
    const all = await ready();
    const connection = await connected(all);
    const code = codeOf(connection.transaction(() => Promise.resolve()));
    for (let second = 0; second < 10; second += 1) {
      await all.clock.advance(1_000);
      if (all.shim.requests.at(-1)?.operation === 1) all.shim.answer();
    }
    expect(await code).toBe('card-busy');
    expect(await codeOf(connection.transmit(command))).toBe('card-busy');
    const begin = all.shim.requests.findIndex(request => request.operation === 5);
    all.shim.answer('', begin);
    expect(all.shim.requests.at(-1)?.operation).toBe(6);
    all.shim.answer();
    const answer = connection.transmit(command);
    all.shim.answer('9000');
    expect(await answer).toHaveLength(2);
  });

  test('wait for pcscd to say what became of the card before they say so', async () => {
    const all = await ready();
    const connection = await connected(all);
    const code = codeOf(connection.transmit(command));
    all.shim.answer('');
    await all.clock.advance(500);
    all.shim.say('43 01 01 52 00020010 00');
    expect(await code).toBe('card-removed');
  });

  test('wait for it as long when this program was stopped meanwhile', async () => {
    const all = await ready();
    const connection = await connected(all);
    const code = codeOf(connection.transmit(command));
    all.shim.answer('');
    await settle();
    await all.clock.stall(3_000);
    all.shim.say('43 01 01 52 00020010 00');
    expect(await code).toBe('card-removed');
  });

  test('that are disconnected take no command, and do not wait for the one at work', async () => {
    const all = await ready();
    const connection = await connected(all);
    const codes = [codeOf(connection.transmit(command)), codeOf(connection.transmit(command))];
    const gone = connection.disconnect();
    expect(all.shim.requests.map(request => request.operation)).toEqual([2, 7, 3]);
    all.shim.answer('9000', 1);
    all.shim.answer('', 2);
    await gone;
    await connection.disconnect();
    expect(await Promise.all(codes)).toEqual(['no failure', 'internal']);
    expect(await codeOf(connection.transmit(command))).toBe('internal');
    expect(all.shim.requests).toHaveLength(3);
  });

  test('that are given up end at once, and let the card go once it has answered', async () => {
    const all = await ready();
    const connection = await connected(all);
    const { clock, shim } = all;
    const transmitting = connection.transmit(command);
    const next = connection.transmit(command);
    connection.giveUp('on purpose');
    connection.giveUp('twice');
    expect(await codeOf(transmitting)).toBe('card-silent');
    expect(await codeOf(next)).toBe('card-silent');
    expect(shim.requests.filter(({ operation }) => operation === disconnect)).toHaveLength(1);
    await connection.disconnect();
    // The card answers late, or its time is over: neither is of interest.
    await clock.advance(times.card);
    shim.answer('9000', shim.requests.length - 2);
    expect(shim.requests.filter(({ operation }) => operation === disconnect)).toHaveLength(1);
  });

  test('that owe no answer are not given up', async () => {
    const all = await ready();
    const connection = await connected(all);
    connection.giveUp('on purpose');
    const transmitting = connection.transmit(command);
    await settle();
    all.shim.answer('9000');
    expect(await transmitting).toEqual(fromHex('9000'));
  });

  test('take a card only once those that let it go have done so', async () => {
    const all = await ready();
    const first = await connected(all);
    const leaving = first.disconnect();
    const second = all.client.connect('R', 'shared');
    const elsewhere = all.client.connect('S', 'shared');
    await settle();
    const operations = (): readonly number[] => all.shim.requests.map(({ operation }) => operation);
    expect(operations()).toEqual([connect, disconnect, connect]);
    all.shim.answer('', 1);
    await leaving;
    await settle();
    expect(operations()).toEqual([connect, disconnect, connect, connect]);
    all.shim.answer('02 3B00');
    all.shim.answer('02 3B00', 2);
    expect((await second).reader).toBe('R');
    expect((await elsewhere).reader).toBe('S');
  });

  test('asked for before the shim has said anything wait for it', async () => {
    const all = setUp();
    const connecting = all.client.connect('R', 'shared');
    all.shim.say(hello, running, oneCard);
    await settle();
    all.shim.answer('01 3B00');
    expect((await connecting).protocol).toBe('T=0');
  });

  test('asked for when the client is closed end', async () => {
    const all = setUp();
    const code = codeOf(all.client.connect('R', 'shared'));
    all.client.close();
    expect(await code).toBe('shim-lost');
    expect(all.clock.pending).toBe(0);
  });
});
