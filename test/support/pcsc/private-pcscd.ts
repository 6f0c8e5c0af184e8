import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './waiting.js';

const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '0.0.0.0');
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return free;
}

/** An entry of reader.conf takes two ports, one for each of its two slots. */
async function freePair(): Promise<number> {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 6_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

export interface VirtualReader {
  /** As pcscd names it. */
  readonly name: string;
  /** Where a virtual card connects, which inserts it. */
  readonly port: number;
}

/**
 * A pcscd of the test's own, in a mount namespace where /run is empty, with virtual readers.
 * Clients find it by PCSCLITE_CSOCK_NAME.
 */
export class PrivatePcscd {
  public readonly folder = mkdtempSync(join(tmpdir(), 'esc-pcscd-'));
  public readonly socket = join(this.folder, 'run/pcscd.comm');
  public readonly env: NodeJS.ProcessEnv = { PCSCLITE_CSOCK_NAME: this.socket };
  public readers: readonly VirtualReader[] = [];
  private process: ChildProcess | undefined;

  public constructor() {
    mkdirSync(join(this.folder, 'run'));
  }

  public get pid(): number {
    if (this.process?.pid === undefined) throw new Error('pcscd does not run');
    return this.process.pid;
  }

  /** @param names one for each pair of readers: Name gives `Name 00 00` and `Name 00 01`. */
  public async start(...names: readonly string[]): Promise<void> {
    const configuration = join(this.folder, 'conf');
    rmSync(configuration, { recursive: true, force: true });
    mkdirSync(configuration);
    const readers: VirtualReader[] = [];
    for (const name of names) {
      const port = await freePair();
      // One copy for each: entries that share a driver share its state.
      const library = join(this.folder, `${port}.so`);
      copyFileSync(driver, library);
      const lines = [`FRIENDLYNAME "${name}"`, `DEVICENAME /dev/null:${port}`, `LIBPATH ${library}`];
      writeFileSync(join(configuration, String(port)), [...lines, `CHANNELID ${port}`, ''].join('\n'));
      for (const slot of [0, 1]) readers.push({ name: `${name} 00 0${slot}`, port: port + slot });
    }
    this.readers = readers;
    const namespace = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
    const script =
      'mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$0/run" /run/pcscd && exec pcscd -f -c "$0/conf"';
    const child = spawn('unshare', [...namespace, 'sh', '-c', script, this.folder], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` },
    });
    this.process = child;
    await eventually(() => existsSync(this.socket) || child.exitCode !== null);
    if (child.exitCode !== null) throw new Error(`pcscd ended with ${child.exitCode}`);
  }

  /** @param signal SIGTERM lets it clean up, SIGKILL leaves its socket behind. */
  public async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    rmSync(join(this.folder, 'run/pcscd.pid'), { force: true });
  }

  public async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
