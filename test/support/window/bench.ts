import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VirtualCard } from '../../../demo/card/virtual-card.js';
import { insertCard, type InsertedCard } from '../../../demo/card/vpcd.js';
import { claimPorts, type ClaimedPorts } from '../../../demo/readers/claimed-ports.js';
import { startReaders, type VirtualReaders } from '../../../demo/readers/readers.js';
import type { FaultHook } from '../../../demo/tps/session.js';
import { startTps, type DemoTps } from '../../../demo/tps/tps.js';
import { login } from '../faults/people.js';
import { removeFolder } from '../processes.js';

const linkPath = 'build/demo/vpcd-link';
/** Seconds: a server on a machine that has other things to do may think over a key for longer than the least, 5. */
const messageTimeout = 20;

/** A pcscd, a reader, a TPS and settings for a window, of which the test can break each part. */
export class Bench {
  public readonly user = login.UID;
  public readonly password = login.PASSWORD;
  /** Is asked before each message of the TPS. */
  public fault: FaultHook | undefined;
  private inserted: InsertedCard | undefined;

  private constructor(
    private readonly folder: string,
    private readonly ports: ClaimedPorts,
    private readers: VirtualReaders,
    private readonly server: DemoTps,
  ) {
    mkdirSync(join(folder, 'config/glib-2.0/settings'), { recursive: true });
    const settings = [
      '[io/github/escproject/Esc]',
      `fallback-tps-url='${this.tps}'`,
      `message-timeout=uint32 ${messageTimeout}`,
    ];
    writeFileSync(join(folder, 'config/glib-2.0/settings/keyfile'), `${settings.join('\n')}\n`);
  }

  public static async start(): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'esc-bench-'));
    const ports = await claimPorts();
    const readers = await readersIn(folder, ports);
    const started: { bench?: Bench } = {};
    const server = await startTps({
      keyBits: 1024,
      appletBlocks: 10,
      fault: step => started.bench?.fault?.(step),
    });
    started.bench = new Bench(folder, ports, readers, server);
    return started.bench;
  }

  /** The URL of the TPS. */
  public get tps(): string {
    return this.server.url;
  }

  /** For programs at this bench. */
  public get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.readers.environment,
      GSETTINGS_BACKEND: 'keyfile',
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      XDG_STATE_HOME: join(this.folder, 'state'),
    };
  }

  public async insert(card: VirtualCard): Promise<void> {
    const port = this.readers.readers[0]?.port ?? 0;
    this.inserted = await insertCard(card, { port, linkPath });
    await this.inserted.powered;
  }

  public async remove(): Promise<void> {
    await this.inserted?.remove();
  }

  public async killPcscd(): Promise<void> {
    // pcscd ends the number with a NUL.
    const pid = readFileSync(join(this.folder, 'readers/run/pcscd.pid'), 'latin1');
    process.kill(Number.parseInt(pid, 10), 'SIGKILL');
    await this.readers.ended;
    await this.inserted?.removed;
  }

  public async startPcscd(): Promise<void> {
    this.readers = await readersIn(this.folder, this.ports);
  }

  public async end(): Promise<void> {
    await this.remove();
    await this.server.close();
    await this.readers.stop();
    this.ports.release();
    await removeFolder(this.folder);
  }
}

function readersIn(folder: string, ports: ClaimedPorts): Promise<VirtualReaders> {
  const directory = join(folder, 'readers');
  return startReaders({ count: 1, directory, namespacePrivate: true, firstPort: ports.first });
}
