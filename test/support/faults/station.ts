import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { insertCard, type InsertedCard } from '../../../demo/card/vpcd.js';
import { VirtualCard } from '../../../demo/card/virtual-card.js';
import { claimPorts, type ClaimedPorts } from '../../../demo/readers/claimed-ports.js';
import { startReaders, type VirtualReader, type VirtualReaders } from '../../../demo/readers/readers.js';
import type { FaultHook } from '../../../demo/tps/session.js';
import { startTps, type DemoTps } from '../../../demo/tps/tps.js';

import { ModelProcess, stage } from './model-process.js';
import type { TokenReport } from './orders.js';
import { asFailure } from '../../../src/base/failure.js';
import { ShimClient } from '../../../src/pcsc/client.js';
import type { CardConnection } from '../../../src/pcsc/types.js';
import { nodeClock } from '../pcsc/node-clock.js';
import { nodeLauncher } from '../pcsc/node-shim.js';

export interface StationOptions {
  /** A folder of its own. */
  readonly directory: string;
  /** The bundled model. */
  readonly program: string;
  /** The program that puts cards into virtual readers. */
  readonly linkPath: string;
  readonly readers: number;
  readonly appletBlocks: number;
  /** Seconds that the model waits for a message; the least that the settings take unless given. */
  readonly messageTimeout?: number;
}

/** Seconds. */
export const leastMessageTimeout = 5;

/** Milliseconds. */
const patienceForExclusive = 60_000;

/** A pcscd, its virtual readers, a TPS, and the model in GJS: a workplace where things go wrong on purpose. */
export class Station {
  private process: ModelProcess;
  private earlierErrors = '';
  /** Is asked before each message of the TPS. */
  public fault: FaultHook | undefined;
  private readonly inserted = new Map<VirtualReader, InsertedCard>();

  private constructor(
    private readonly options: StationOptions,
    private readonly ports: ClaimedPorts,
    private virtual: VirtualReaders,
    public readonly tps: DemoTps,
  ) {
    mkdirSync(join(this.config, 'glib-2.0/settings'), { recursive: true });
    writeFileSync(
      join(this.config, 'glib-2.0/settings/keyfile'),
      `[io/github/escproject/Esc]\nmessage-timeout=uint32 ${options.messageTimeout ?? leastMessageTimeout}\n`,
    );
    this.process = this.startProcess();
  }

  public static async start(options: StationOptions): Promise<Station> {
    const ports = await claimPorts();
    const virtual = await startVirtualReaders(options, ports);
    const started: { station?: Station } = {};
    const tps = await startTps({
      keyBits: 1024,
      appletBlocks: options.appletBlocks,
      fault: step => started.station?.fault?.(step),
    });
    const station = new Station(options, ports, virtual, tps);
    started.station = station;
    await station.ready();
    return station;
  }

  public get model(): ModelProcess {
    return this.process;
  }

  /** What the models wrote on standard error. */
  public get errors(): string {
    return this.earlierErrors + this.process.errors;
  }

  /** Another model in place of this one, which remembers nothing of what became of its shims. */
  public async renewModel(): Promise<void> {
    await this.process.end();
    this.earlierErrors += this.process.errors;
    this.process = this.startProcess();
    await this.ready();
  }

  /** pcscd's name of a reader. */
  public reader(index = 0): string {
    return this.slot(index).name ?? '';
  }

  /** Puts a card in. Whether it has been seen is another matter. */
  public async insert(card: VirtualCard, index = 0): Promise<InsertedCard> {
    const slot = this.slot(index);
    const { linkPath } = this.options;
    const inserted = await insertCard(card, { port: slot.port, linkPath });
    this.inserted.set(slot, inserted);
    void inserted.removed.then(() => {
      if (this.inserted.get(slot) === inserted) this.inserted.delete(slot);
    });
    return inserted;
  }

  /** Takes the card out at once. */
  public pull(index = 0): void {
    void this.inserted.get(this.slot(index))?.remove();
  }

  /** Takes the card out and waits until that has been seen. */
  public async remove(index = 0): Promise<void> {
    await this.inserted.get(this.slot(index))?.remove();
    await this.isOut(index);
  }

  /** Puts the card in that is out, or on its way out. */
  public async insertAgain(card: VirtualCard, index = 0): Promise<void> {
    await this.inserted.get(this.slot(index))?.removed;
    await this.isOut(index);
    await this.insert(card, index);
  }

  /** Waits until the card that is in has been read to the end and nothing goes on with it. */
  public settled(index = 0, before = 0): Promise<TokenReport> {
    const reader = this.reader(index);
    return this.model.when(`the card in ${reader}`, () => {
      const token = this.model.token(reader);
      const read = token?.known === 'contents' && token.number > before;
      return read && token.status !== 'BUSY' && token.operation === null ? token : undefined;
    });
  }

  public killPcscd(): void {
    // pcscd ends the number with a NUL.
    const pid = readFileSync(join(this.options.directory, 'readers/run/pcscd.pid'), 'latin1');
    process.kill(Number.parseInt(pid, 10), 'SIGKILL');
  }

  /** Once it is gone. */
  public async startPcscdAgain(): Promise<void> {
    await this.virtual.ended;
    this.virtual = await startVirtualReaders(this.options, this.ports);
  }

  /** As another program that is done with the card may do. */
  public async resetCard(index = 0): Promise<void> {
    await this.asAnotherProgram(async client => {
      const connection = await client.connect(this.reader(index), 'shared');
      await connection.disconnect('reset');
    });
  }

  /** Has the card for itself for a moment, as no other program can while one is connected to it. */
  public async useExclusively(index = 0): Promise<void> {
    await this.asAnotherProgram(async client => {
      const connection = await this.connectExclusively(client, this.reader(index));
      await connection.disconnect();
    });
  }

  public async end(): Promise<void> {
    await this.model.end();
    await Promise.all([...this.inserted.values()].map(card => card.remove()));
    await this.tps.close();
    await this.virtual.stop();
    this.ports.release();
  }

  private async asAnotherProgram(work: (client: ShimClient) => Promise<void>): Promise<void> {
    const { launch } = nodeLauncher([join(stage, 'libexec/esc/esc-pcsc')], this.virtual.environment);
    const client = new ShimClient(launch, nodeClock);
    try {
      await work(client);
    } finally {
      client.close();
    }
  }

  /** The model that has read a card lets it go in a moment. */
  private async connectExclusively(client: ShimClient, reader: string): Promise<CardConnection> {
    const end = performance.now() + patienceForExclusive;
    for (;;) {
      try {
        return await client.connect(reader, 'exclusive');
      } catch (error) {
        if (asFailure(error).code !== 'card-busy' || performance.now() > end) throw error;
        await sleep(20);
      }
    }
  }

  /** Where the model writes its log. */
  public get logFolder(): string {
    return join(this.config, 'state/esc');
  }

  private get config(): string {
    return join(this.options.directory, 'config');
  }

  private startProcess(): ModelProcess {
    return ModelProcess.start(this.options.program, this.config, this.virtual.environment);
  }

  private async ready(): Promise<void> {
    await this.model.when('pcscd', () => this.model.state.service === 'running' || undefined);
  }

  private async isOut(index: number): Promise<void> {
    const reader = this.reader(index);
    await this.model.when('the removal', () => this.model.token(reader) === undefined || undefined);
  }

  private slot(index: number): VirtualReader {
    const slot = this.virtual.readers[index];
    if (slot === undefined) throw new Error(`there is no reader ${index}`);
    return slot;
  }
}

function startVirtualReaders(options: StationOptions, ports: ClaimedPorts): Promise<VirtualReaders> {
  return startReaders({
    count: options.readers,
    directory: join(options.directory, 'readers'),
    namespacePrivate: true,
    firstPort: ports.first,
  });
}
