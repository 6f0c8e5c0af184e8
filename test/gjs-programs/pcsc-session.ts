/** Runs inside GJS: the real client over src/io's process. Prints one line of JSON. */
import GLib from 'gi://GLib';
import System from 'system';
import { asFailure } from '../../src/base/failure.js';
import { systemClock } from '../../src/io/clock.js';
import { shimLauncher } from '../../src/io/shim-process.js';
import { ShimClient } from '../../src/pcsc/client.js';
import type { CardConnection } from '../../src/pcsc/types.js';

const [program = '', reader = '', rounds = '0'] = System.programArgs;
const loop = GLib.MainLoop.new(null, false);
const select = (): Uint8Array => Uint8Array.of(0, 0xa4, 4, 0, 0);

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => asFailure(error).code,
  );
}

/** Until the card is in: pcscd sees a card later than its reader does. */
function cardIn(client: ShimClient): Promise<void> {
  const isIn = (): boolean =>
    client.state.kind === 'running' &&
    client.readers.some(({ name, presence }) => name === reader && presence === 'present');
  if (isIn()) return Promise.resolve();
  return new Promise(resolve => {
    const stop = client.onChange(() => {
      if (!isIn()) return;
      stop();
      resolve();
    });
  });
}

/** Kilobytes of anonymous memory. */
function memory(): number {
  const [, bytes] = GLib.file_get_contents('/proc/self/status');
  return Number(/RssAnon:\s+(\d+)/.exec(new TextDecoder().decode(bytes))?.[1]);
}

/** Milliseconds a command takes, half of them less. */
async function repeat(connection: CardConnection, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const start = systemClock.now();
    await connection.transmit(select());
    times.push(systemClock.now() - start);
  }
  return times.sort((a, b) => a - b)[count >> 1] ?? 0;
}

async function session(): Promise<Record<string, unknown>> {
  const pids: (string | null)[] = [];
  const launch = shimLauncher(program);
  const client = new ShimClient(
    () => {
      const shim = launch() as ReturnType<typeof launch> & { readonly identifier: string | null };
      pids.push(shim.identifier);
      return shim;
    },
    systemClock,
    { restart: 10, quiet: 1_000, pong: 1_000 },
  );
  await cardIn(client);
  const first = await client.connect(reader, 'shared');
  const facts: Record<string, unknown> = { protocol: first.protocol, atr: first.atr.length };

  // Too long for one write, and a short one right behind it.
  const answers = await Promise.all([first.transmit(new Uint8Array(60_000)), first.transmit(select())]);
  facts.answers = answers.map(answer => answer.length);

  await repeat(first, Number(rounds) / 10);
  const before = memory();
  facts.median = await repeat(first, Number(rounds));
  facts.grown = memory() - before;

  // A shim that takes nothing must not hold up the main loop, and is replaced.
  let ticks = 0;
  const timer = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 20, () => {
    ticks += 1;
    return GLib.SOURCE_CONTINUE;
  });
  GLib.spawn_command_line_sync(`kill -STOP ${pids[0]}`);
  const second = await client.connect(reader, 'shared').catch(() => undefined);
  facts.connectedToStopped = second !== undefined;
  facts.stopped = await codeOf(first.transmit(new Uint8Array(65_548)));
  facts.ticks = ticks;
  GLib.Source.remove(timer);
  await cardIn(client);

  const third = await client.connect(reader, 'shared');
  GLib.spawn_command_line_sync(`kill -KILL ${pids[1]}`);
  facts.killed = await codeOf(third.transmit(select()));
  await cardIn(client);
  facts.afterwards = (await (await client.connect(reader, 'shared')).transmit(select())).length;
  facts.shims = pids.length;
  client.close();

  const without = new ShimClient(shimLauncher('/nonexistent/esc-pcsc'), systemClock);
  facts.missing = without.state.kind === 'unavailable' ? without.state.failure.code : without.state.kind;
  without.close();
  return facts;
}

session()
  .then(facts => {
    print(JSON.stringify(facts));
  })
  .catch((error: unknown) => {
    print(JSON.stringify({ error: String(error) }));
  })
  .finally(() => {
    loop.quit();
  });
loop.run();
