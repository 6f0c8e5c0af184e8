import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listeningPorts } from './listening-ports.js';
import { connectTo, startPcscd, systemSocket, waitForAnswer } from './pcscd.js';

export type ReadersProblem =
  /** pcscd runs already, with no virtual reader or not enough of them. */
  | 'pcscd-without-readers'
  | 'too-few-readers'
  /** Something other than a pcscd of ours listens at a port that a virtual reader needs. */
  | 'ports-taken'
  | 'driver-missing'
  | 'pcscd-failed';

/** Why there are no virtual readers; the message says what to do. */
export class ReadersError extends Error {
  public override readonly name = 'ReadersError';

  public constructor(
    public readonly problem: ReadersProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ReadersOptions {
  /** 1 to 16. The virtual driver makes two at a time: an odd number brings one more, which is not listed. */
  readonly count: number;
  /** A folder for configuration, copies of the driver, the log, and the socket of a private pcscd. */
  readonly directory: string;
  /**
   * Runs pcscd in a mount namespace of its own: it does not meet the system's, and only clients with
   * PCSCLITE_CSOCK_NAME from `environment` see it. Needs ports that are free: see `firstPort`.
   */
  readonly namespacePrivate?: boolean;
  /** Default 35963, that of Debian's vsmartcard-vpcd. */
  readonly firstPort?: number;
  /** Where a pcscd that runs already is looked for; default the system's socket. */
  readonly socket?: string;
  /** Milliseconds for the readers of a pcscd that runs already; default ten seconds. */
  readonly patience?: number;
}

export interface VirtualReader {
  /** On 127.0.0.1: a card that connects is inserted. */
  readonly port: number;
  /** pcscd's name of it; unknown where pcscd ran already. */
  readonly name: string | undefined;
}

export interface VirtualReaders {
  readonly readers: readonly VirtualReader[];
  /** What a client of this pcscd needs in its environment; empty for the system's. */
  readonly environment: Readonly<Record<string, string>>;
  /** False where pcscd ran already and is used as it is. */
  readonly started: boolean;
  /** Fulfilled when the pcscd that was started is gone; never where it ran already. */
  readonly ended: Promise<void>;
  /** Ends the pcscd that was started, and nothing else. */
  stop(): Promise<void>;
}

const defaultFirstPort = 35963;
const maximum = 16;
const slotsPerDriver = 2;
/** Milliseconds for pcscd to come up: it is there within one second, but sudo may ask for a password. */
const patienceForPcscd = 60_000;
/** Milliseconds between two looks at the ports. */
const portsInterval = 100;
const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';

const never = new Promise<void>(() => undefined);

function portsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/**
 * Looks which ports are open until there are enough of them. Where systemd starts pcscd for whoever connects, systemd's
 * socket answers before pcscd is there.
 */
async function openPorts(count: number, firstPort: number, patience: number): Promise<number[]> {
  const deadline = performance.now() + patience;
  for (;;) {
    const open = await listeningPorts();
    const ports = portsFrom(firstPort, maximum).filter(port => open.has(port));
    if (ports.length >= count || performance.now() > deadline) return ports.slice(0, count);
    await sleep(portsInterval);
  }
}

/**
 * Uses the pcscd that runs.
 * @param client stays connected until the end: systemd's pcscd ends when it had no client for a minute.
 * @throws ReadersError `pcscd-without-readers`, `too-few-readers`
 */
async function useRunning(
  client: Socket,
  { count, firstPort = defaultFirstPort, patience = 10_000 }: ReadersOptions,
): Promise<VirtualReaders> {
  const ports = await openPorts(count, firstPort, patience);
  if (ports.length < count) client.destroy();
  if (ports.length === 0)
    throw new ReadersError(
      'pcscd-without-readers',
      'pcscd runs already and has no virtual readers. Either start it anew, so that it has those of ' +
        'vsmartcard-vpcd (systemctl restart pcscd), or end it for now ' +
        '(systemctl stop pcscd.socket pcscd.service).',
    );
  if (ports.length < count)
    throw new ReadersError(
      'too-few-readers',
      `pcscd runs already with ${ports.length} virtual readers, not ${count}. Either end it for now ` +
        '(systemctl stop pcscd.socket pcscd.service) or ask for fewer cards.',
    );
  return {
    readers: ports.map(port => ({ port, name: undefined })),
    environment: {},
    started: false,
    ended: never,
    stop: () => {
      client.destroy();
      return Promise.resolve();
    },
  };
}

interface Entry {
  readonly name: string;
  readonly library: string;
  readonly firstPort: number;
}

/** Readers that share one copy of the driver share its state, so each entry has a copy of its own. */
async function writeConfiguration(folder: string, entries: readonly Entry[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  let original: string;
  try {
    original = await realpath(driver);
  } catch (error) {
    throw new ReadersError('driver-missing', 'install vsmartcard-vpcd: its driver is missing', {
      cause: error,
    });
  }
  await Promise.all(entries.map(entry => copyFile(original, entry.library)));
  const lines = entries.flatMap(({ name, library, firstPort }) => [
    `FRIENDLYNAME "${name}"`,
    `DEVICENAME /dev/null:0x${firstPort.toString(16)}`,
    `LIBPATH ${library}`,
    `CHANNELID 0x${firstPort.toString(16)}`,
    '',
  ]);
  await writeFile(join(folder, 'virtual-readers'), lines.join('\n'));
}

/**
 * Starts a pcscd with virtual readers, or uses the one that runs.
 * @throws ReadersError
 */
export async function startReaders(options: ReadersOptions): Promise<VirtualReaders> {
  const { count, firstPort = defaultFirstPort, namespacePrivate = false } = options;
  const running = options.socket ?? systemSocket;
  if (!Number.isInteger(count) || count < 1 || count > maximum)
    throw new RangeError(`1 to ${maximum} readers`);
  const client = namespacePrivate ? undefined : await connectTo(running);
  if (client !== undefined) return useRunning(client, options);

  const directory = resolve(options.directory);
  const configuration = join(directory, 'reader.conf.d');
  const privateFolder = join(directory, 'run');
  const logFile = join(directory, 'pcscd.log');
  const entries = Array.from({ length: Math.ceil(count / slotsPerDriver) }, (_, i) => ({
    name: `Virtual Reader ${i + 1}`,
    library: join(directory, `libifdvpcd-${i + 1}.so`),
    firstPort: firstPort + slotsPerDriver * i,
  }));
  const ports = portsFrom(firstPort, slotsPerDriver * entries.length);
  const taken = await listeningPorts();
  if (ports.some(port => taken.has(port)))
    throw new ReadersError(
      'ports-taken',
      `something listens at a port from ${firstPort} to ${ports.at(-1) ?? firstPort} already, ` +
        'which the virtual readers need: is another demo running?',
    );
  await mkdir(privateFolder, { recursive: true });
  await writeConfiguration(configuration, entries);

  const pcscd = await startPcscd({
    configuration,
    logFile,
    ...(namespacePrivate ? { privateFolder } : {}),
  });
  const socket = namespacePrivate ? join(privateFolder, 'pcscd.comm') : systemSocket;
  // pcscd opens its socket after its readers.
  const answers = await waitForAnswer(socket, pcscd, patienceForPcscd);
  const open = await listeningPorts();
  if (!answers || !ports.every(port => open.has(port))) {
    await pcscd.stop();
    throw new ReadersError('pcscd-failed', `pcscd did not come up with its readers: see ${logFile}`);
  }
  return {
    readers: ports.slice(0, count).map((port, i) => ({
      port,
      name: `${entries[Math.floor(i / slotsPerDriver)]?.name ?? ''} 00 0${i % slotsPerDriver}`,
    })),
    environment: namespacePrivate ? { PCSCLITE_CSOCK_NAME: socket } : {},
    started: true,
    ended: pcscd.ended,
    stop: () => pcscd.stop(),
  };
}
