/**
 * enrollment.js INSTALLATION READER ROUNDS TPS: formats and enrolls a card by the program's own operations, ROUNDS times.
 * Reads the LDAP login of the TPS from standard input: a line with the user, one with the password.
 * Prints a line of JSON for each operation: see Share.
 */
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { programArgs } from 'system';
import { Cancellation } from '../../src/base/cancellation.js';
import type { CardChannel } from '../../src/card/channel.js';
import { settle } from '../../src/cli/settle.js';
import { systemClock } from '../../src/io/clock.js';
import { GioConnector } from '../../src/io/network.js';
import { shimLauncher } from '../../src/io/shim-process.js';
import { readStandardInput } from '../../src/io/terminal.js';
import { ShimClient } from '../../src/pcsc/client.js';
import type { CardConnection, CardService } from '../../src/pcsc/types.js';
import type { ByteStream, Connector, Prompter } from '../../src/protocol/ports.js';
import { Operator } from '../../src/tokens/operator.js';
import { readToken } from '../../src/tokens/reading.js';
import { Registry } from '../../src/tokens/registry.js';
import { Settings } from '../../src/tokens/settings.js';
import type { PhoneHomeState } from '../../src/tokens/phone-home-state.js';
import type { Token } from '../../src/tokens/token.js';
import type { Share } from '../share.js';
import { StopWatch } from '../stop-watch.js';
import { result, run } from './run.js';

const [stage = '', reader = '', rounds = '', tpsUrl = ''] = programArgs;
const longestLogin = 1000;

const watch = new StopWatch(() => GLib.get_monotonic_time() / 1000);

const timedConnection = (connection: CardConnection): CardConnection & CardChannel => ({
  reader: connection.reader,
  atr: connection.atr,
  protocol: connection.protocol,
  transmit: command => {
    watch.commands += 1;
    return watch.during('card', connection.transmit(command));
  },
  transaction: (work, end) => connection.transaction(work, end),
  giveUp: detail => connection.giveUp(detail),
  reconnect: initialization => watch.during('card', connection.reconnect(initialization)),
  disconnect: end => watch.during('card', connection.disconnect(end)),
});

const timedCards = (cards: CardService): CardService => ({
  get state() {
    return cards.state;
  },
  get readers() {
    return cards.readers;
  },
  onChange: listener => cards.onChange(listener),
  connect: async (name, share, cancellation) =>
    timedConnection(await watch.during('card', cards.connect(name, share, cancellation))),
  check: () => cards.check(),
  close: () => cards.close(),
});

/** Of the last conversation. */
let cardInConversation = 0;

const timedStream = (stream: ByteStream, cardBefore: number): ByteStream => ({
  read: limit => watch.during('server', stream.read(limit)),
  write: bytes => {
    const written = stream.write(bytes);
    watch.begin('server');
    return written;
  },
  close: () => {
    cardInConversation = watch.lap('card') - cardBefore;
    watch.end('server');
    stream.close();
  },
});

const timedConnector = (connector: Connector): Connector => ({
  connect: async (server, cancellation) => {
    const cardBefore = watch.lap('card');
    return timedStream(await watch.during('server', connector.connect(server, cancellation)), cardBefore);
  },
});

async function readPrompter(): Promise<Prompter> {
  const login = new TextDecoder().decode(await readStandardInput(longestLogin, new Cancellation()));
  const [user = '', password = ''] = login.split('\n');
  return {
    login: () =>
      Promise.resolve(
        new Map([
          ['UID', user],
          ['PASSWORD', password],
        ]),
      ),
    newPin: () => Promise.resolve('12345678'),
  };
}

function readText(path: string): string {
  const [, bytes] = GLib.file_get_contents(path);
  return new TextDecoder().decode(bytes);
}

/** Milliseconds that the processors have spent on a process. */
function processorTime(pid: string): number {
  const tasks = Gio.File.new_for_path(`/proc/${pid}/task`).enumerate_children('standard::name', 0, null);
  let nanoseconds = 0;
  for (let task = tasks.next_file(null); task !== null; task = tasks.next_file(null))
    nanoseconds += Number(readText(`/proc/${pid}/task/${task.get_name()}/schedstat`).split(' ')[0]);
  return nanoseconds / 1e6;
}

/** Waits for the card, and until it has been read. */
async function inserted(registry: Registry): Promise<Token> {
  for (;;) {
    const [token] = await settle(registry, { reader }, new Cancellation());
    if (token !== undefined) return token;
    await new Promise<void>(changed => {
      const forget = registry.onChange(() => {
        forget();
        changed();
      });
    });
  }
}

run(async () => {
  const prompter = await readPrompter();
  const settings = Settings.open(`${stage}/share/esc/schemas`);
  const cards = timedCards(new ShimClient(shimLauncher(`${stage}/libexec/esc/esc-pcsc`), systemClock));
  const access = { cards, clock: systemClock, onAnswer: (): void => undefined };
  const connector = timedConnector(new GioConnector());
  const cached = { stateFor: ({ phoneHome }: Token): Promise<PhoneHomeState> => Promise.resolve(phoneHome) };
  const operator = new Operator(access, connector, settings, cached, 'ESC bench');
  const registry = new Registry(cards, systemClock, readToken);
  const token = await inserted(registry);
  const self = readText('/proc/self/stat').split(' ')[0] ?? '';
  const shim = readText(`/proc/self/task/${self}/children`).trim();

  for (let round = 0; round < Number(rounds); round += 1) {
    for (const kind of ['format', 'enroll'] as const) {
      const processor = { program: processorTime('self'), shim: processorTime(shim) };
      watch.start();
      const end = await operator.start(token, kind, prompter, { tpsUrl }).finished;
      const shares = watch.stop();
      if (end.failure !== undefined) throw end.failure;
      const share: Share = {
        kind,
        ...shares,
        cardInConversation,
        processor: processorTime('self') - processor.program,
        shimProcessor: processorTime(shim) - processor.shim,
      };
      result(share);
    }
  }
  registry.close();
});
