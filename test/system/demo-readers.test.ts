/** The demo's virtual readers, with a pcscd of its own and with one that runs already. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimPorts, type ClaimedPorts } from '../../demo/readers/claimed-ports.js';
import { answersAt } from '../../demo/readers/pcscd.js';
import { ReadersError, startReaders, type VirtualReaders } from '../../demo/readers/readers.js';
import { removeFolder } from '../support/processes.js';

let folder: string;
let ports: ClaimedPorts;
let readers: VirtualReaders;
let socket: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-readers-'));
  ports = await claimPorts();
  readers = await startReaders({
    count: 2,
    directory: join(folder, 'readers'),
    namespacePrivate: true,
    firstPort: ports.first,
  });
  socket = readers.environment['PCSCLITE_CSOCK_NAME'] ?? '';
});

afterAll(async () => {
  await readers.stop();
  ports.release();
  await removeFolder(folder);
});

test('a pcscd that runs already is used as it is, and left as it is', async () => {
  const options = { directory: join(folder, 'unused'), socket, firstPort: ports.first, patience: 200 };
  const used = await startReaders({ count: 2, ...options });
  expect(used.started).toBe(false);
  expect(used.readers.map(reader => reader.port)).toEqual(readers.readers.map(reader => reader.port));
  await used.stop();
  expect(await answersAt(socket)).toBe(true);
  await expect(startReaders({ count: 5, ...options })).rejects.toMatchObject({ problem: 'too-few-readers' });
  expect(existsSync(options.directory)).toBe(false);
});

test('a pcscd that runs already without virtual readers is not touched', async () => {
  const none = startReaders({
    count: 1,
    directory: join(folder, 'unused'),
    socket,
    firstPort: 1000,
    patience: 200,
  });
  await expect(none).rejects.toMatchObject({ problem: 'pcscd-without-readers' });
  await expect(none).rejects.toThrow(/systemctl restart pcscd.*systemctl stop/);
});

/** Answers at a socket at once, as systemd does, and opens the ports of readers some time after somebody has come. */
class LatePcscd {
  public readonly socket: string;
  public readonly clients = new Set<Socket>();
  private readonly listening: Server[] = [];

  public constructor(
    name: string,
    private readonly ports: readonly number[],
    private readonly delay: number,
  ) {
    this.socket = join(folder, name);
  }

  public async start(): Promise<void> {
    const server = createServer(client => {
      this.clients.add(client.resume());
      client.once('close', () => this.clients.delete(client));
      if (this.listening.length === 1) setTimeout(() => this.openPorts(), this.delay);
    });
    this.listening.push(server.listen(this.socket));
    await once(server, 'listening');
  }

  public end(): void {
    for (const server of this.listening) server.close();
    for (const client of this.clients) client.destroy();
  }

  private openPorts(): void {
    this.listening.push(...this.ports.map(port => createServer().listen(port, '127.0.0.1')));
  }
}

describe('a pcscd that systemd starts when somebody connects', () => {
  const late = async (
    name: string,
    work: (pcscd: LatePcscd, options: Parameters<typeof startReaders>[0]) => Promise<void>,
  ): Promise<void> => {
    const own = await claimPorts();
    const pcscd = new LatePcscd(name, [own.first, own.first + 1], 400);
    await pcscd.start();
    try {
      await work(pcscd, {
        count: 2,
        directory: join(folder, 'unused'),
        socket: pcscd.socket,
        firstPort: own.first,
      });
    } finally {
      pcscd.end();
      own.release();
    }
  };

  test('is waited for, and has a client until the demo ends, so that it does not', async () => {
    await late('stays', async (pcscd, options) => {
      const used = await startReaders(options);
      expect(used.readers.map(({ port }) => port)).toEqual([options.firstPort, (options.firstPort ?? 0) + 1]);
      // Had it been let go, that would have been heard by now.
      await sleep(200);
      expect(pcscd.clients.size).toBe(1);
      await used.stop();
      await expect.poll(() => pcscd.clients.size).toBe(0);
    });
  });

  test('and that has too few readers in the end is let go', async () => {
    await late('too-few', async (pcscd, options) => {
      const wanted = startReaders({ ...options, count: 3, patience: 1_000 });
      await expect(wanted).rejects.toMatchObject({ problem: 'too-few-readers' });
      await expect(wanted).rejects.toThrow('with 2 virtual readers, not 3');
      await expect.poll(() => pcscd.clients.size).toBe(0);
    });
  });
});

test('ports that are taken are a clear failure', async () => {
  const again = startReaders({
    count: 2,
    directory: join(folder, 'again'),
    namespacePrivate: true,
    firstPort: ports.first,
  });
  await expect(again).rejects.toThrow(ReadersError);
  await expect(again).rejects.toMatchObject({ problem: 'ports-taken' });
});

test('the pcscd of the test ends with it', async () => {
  const directory = join(folder, 'short');
  const short = await startReaders({
    count: 3,
    directory,
    namespacePrivate: true,
    firstPort: ports.first + 10,
  });
  expect(short.readers).toHaveLength(3);
  const { PCSCLITE_CSOCK_NAME: own = '' } = short.environment;
  expect(existsSync(own)).toBe(true);
  await short.stop();
  await short.ended;
  expect(existsSync(own)).toBe(false);
});
