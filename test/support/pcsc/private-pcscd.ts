import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPorts, type ClaimedPorts } from '../../../demo/readers/claimed-ports.js';
import { answersAt, inNamespace } from '../../../demo/readers/pcscd.js';
import { end, removeFolder } from '../processes.js';
import { eventually } from './waiting.js';

const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';

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
  private ports: ClaimedPorts | undefined;

  public constructor() {
    mkdirSync(join(this.folder, 'run'));
  }

  public get pid(): number {
    if (this.process?.pid === undefined) throw new Error('pcscd does not run');
    return this.process.pid;
  }

  /** @param names one for each pair of readers, of which there is room for eight: Name gives `Name 00 00` and `Name 00 01`. */
  public async start(...names: readonly string[]): Promise<void> {
    const configuration = join(this.folder, 'conf');
    rmSync(configuration, { recursive: true, force: true });
    mkdirSync(configuration);
    const readers: VirtualReader[] = [];
    this.ports ??= await claimPorts();
    for (const [i, name] of names.entries()) {
      // One for each of its two slots.
      const port = this.ports.first + 2 * i;
      // One copy for each: entries that share a driver share its state.
      const library = join(this.folder, `${port}.so`);
      copyFileSync(driver, library);
      const lines = [`FRIENDLYNAME "${name}"`, `DEVICENAME /dev/null:${port}`, `LIBPATH ${library}`];
      writeFileSync(join(configuration, String(port)), [...lines, `CHANNELID ${port}`, ''].join('\n'));
      for (const slot of [0, 1]) readers.push({ name: `${name} 00 0${slot}`, port: port + slot });
    }
    this.readers = readers;
    const namespace = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
    const daemon = ['pcscd', '--foreground', '--config', configuration];
    const child = spawn(
      'unshare',
      [...namespace, 'sh', '-c', inNamespace, join(this.folder, 'run'), ...daemon],
      {
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` },
      },
    );
    this.process = child;
    // One that was killed has left its socket behind.
    await eventually(async () => child.exitCode !== null || (await answersAt(this.socket)));
    if (child.exitCode !== null) throw new Error(`pcscd ended with ${child.exitCode}`);
  }

  /** @param signal SIGTERM lets it clean up, SIGKILL leaves its socket behind. */
  public async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined) return;
    await end(child, signal);
    rmSync(join(this.folder, 'run/pcscd.pid'), { force: true });
  }

  public async remove(): Promise<void> {
    await this.stop('SIGKILL');
    this.ports?.release();
    await removeFolder(this.folder);
  }
}
