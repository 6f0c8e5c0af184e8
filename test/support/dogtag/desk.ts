import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/base/bytes.js';
import { VirtualCard, type VirtualCardOptions } from '../../../demo/card/virtual-card.js';
import { insertCard, type InsertedCard } from '../../../demo/card/vpcd.js';
import { claimPorts, type ClaimedPorts } from '../../../demo/readers/claimed-ports.js';
import { startReaders, type VirtualReader, type VirtualReaders } from '../../../demo/readers/readers.js';
import { buildVpcdLink } from '../../../demo/vpcd-link/build.js';
import { runEscctl, type Result, type RunOptions } from '../escctl/escctl.js';
import { eventually } from '../pcsc/waiting.js';
import { removeFolder } from '../processes.js';
import type { Person } from './directory.js';
import { lab, urls } from './lab.js';

export interface OperationOptions extends Omit<RunOptions, 'environment' | 'input'> {
  readonly person: Person;
  /** The new card password, where the operation sets one. */
  readonly pin?: string;
  /** Which of the readers. */
  readonly reader?: number;
  /** In place of the TPS over TLS; '' leaves it to Phone Home. */
  readonly tps?: string;
  /** Further words of the command line. */
  readonly args?: readonly string[];
}

/**
 * Where somebody works with cards: a pcscd with virtual readers, and escctl with settings of its own,
 * in which only the TPS's CA is trusted, by `--ca`.
 */
export class Desk {
  private readonly inserted = new Map<number, InsertedCard>();

  private constructor(
    public readonly folder: string,
    private readonly ports: ClaimedPorts,
    private readonly virtual: VirtualReaders,
    private readonly linkPath: string,
  ) {}

  /** @param readers 1 to 15 */
  public static async open(readers = 1): Promise<Desk> {
    const folder = mkdtempSync(join(tmpdir(), 'esc-desk-'));
    const ports = await claimPorts();
    const [virtual, linkPath] = await Promise.all([
      startReaders({
        count: readers,
        directory: join(folder, 'readers'),
        namespacePrivate: true,
        firstPort: ports.first,
      }),
      buildVpcdLink(folder),
    ]);
    const desk = new Desk(folder, ports, virtual, linkPath);
    mkdirSync(join(folder, 'config/glib-2.0/settings'), { recursive: true });
    desk.set({});
    writeFileSync(desk.caFile, await lab.ca());
    return desk;
  }

  /** For programs that use the readers: the program's own and others'. */
  public get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.virtual.environment,
      // coolkey keeps what it read of a card there.
      HOME: this.folder,
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      XDG_STATE_HOME: join(this.folder, 'state'),
      GSETTINGS_BACKEND: 'keyfile',
      LC_ALL: 'C.UTF-8',
    };
  }

  /** The certificate (PEM) of the lab's CA. */
  public get caFile(): string {
    return join(this.folder, 'ca.pem');
  }

  /** The program's settings, as GVariant text; all others are as they ship. */
  public set(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(
      join(this.folder, 'config/glib-2.0/settings/keyfile'),
      `[io/github/escproject/Esc]\n${lines.join('')}`,
    );
  }

  /** pcscd's name of a reader. */
  public reader(index = 0): string {
    return this.slot(index).name ?? '';
  }

  /** Puts in a card that nobody has seen before. */
  public async insertNew(index = 0, options: VirtualCardOptions = {}): Promise<VirtualCard> {
    const card = new VirtualCard({ number: lab.newCardNumber(), ...options });
    await this.insert(card, index);
    return card;
  }

  /** Puts a card in, in the place of the one that is in. Done when pcscd has seen it. */
  public async insert(card: VirtualCard, index = 0): Promise<void> {
    await this.remove(index);
    const inserted = await insertCard(card, { port: this.slot(index).port, linkPath: this.linkPath });
    this.inserted.set(index, inserted);
    await inserted.powered;
    await eventually(async () => (await this.cuidsIn()).get(this.reader(index)) === toHex(card.cuid));
  }

  /** Takes the card out. Done when pcscd has seen it. */
  public async remove(index = 0): Promise<void> {
    const card = this.inserted.get(index);
    if (card === undefined) return;
    this.inserted.delete(index);
    await card.remove();
    await eventually(async () => !(await this.cuidsIn()).has(this.reader(index)));
  }

  public escctl(args: readonly string[], options: Omit<RunOptions, 'environment'> = {}): Promise<Result> {
    return runEscctl(args, { ...options, environment: this.environment });
  }

  /** Runs an operation of escctl, which logs in and sets the card password as told. */
  public operate(
    operation: 'enroll' | 'format' | 'reset-password',
    options: OperationOptions,
  ): Promise<Result> {
    const { person, pin, reader = 0, tps = urls.tps, args = [], ...others } = options;
    const secrets = [person.password, ...(pin === undefined ? [] : [pin])];
    return this.escctl(
      [
        ...[operation, '--json', '--reader', this.reader(reader), '--ca', this.caFile],
        ...(tps === '' ? [] : ['--tps', tps]),
        ...['--user', person.user, '--password-file=-', ...(pin === undefined ? [] : ['--pin-file=-'])],
        ...args,
      ],
      { ...others, input: secrets.map(secret => `${secret}\n`).join('') },
    );
  }

  /** @throws Error with what escctl said unless the operation is done */
  public async mustOperate(
    operation: 'enroll' | 'format' | 'reset-password',
    options: OperationOptions,
  ): Promise<void> {
    const { status, stdout, stderr } = await this.operate(operation, options);
    if (status !== 0) throw new Error(`${operation} ended with ${status ?? ''}: ${stdout}${stderr}`);
  }

  public async close(): Promise<void> {
    await Promise.all([...this.inserted.values()].map(card => card.remove()));
    await this.virtual.stop();
    this.ports.release();
    await removeFolder(this.folder);
  }

  /** CUIDs by readers, of the cards that can be read. */
  private async cuidsIn(): Promise<Map<string, string>> {
    const listed = (await this.escctl(['list', '--json'])).json() as { reader: string; cuid: string }[];
    return new Map(listed.map(({ reader, cuid }) => [reader, cuid]));
  }

  private slot(index: number): VirtualReader {
    const slot = this.virtual.readers[index];
    if (slot === undefined) throw new Error(`there is no reader ${index}`);
    return slot;
  }
}
