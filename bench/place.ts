import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualCard } from '../demo/card/virtual-card.js';
import { insertCard, type InsertedCard } from '../demo/card/vpcd.js';
import { startReaders, type VirtualReaders } from '../demo/readers/readers.js';
import { Teller } from './programs.js';
import { startTps, type DemoTps } from '../demo/tps/tps.js';

const firstPort = 36763;
/** Milliseconds for a message. A Dogtag TPS 10.10 takes 3,220 for the 64 of an enrolment. */
const dogtagPace = 50;

/** Where it is measured: readers, cards and a TPS of the bench's own, and the program as installed. */
export class Place {
  private constructor(
    private readonly build: string,
    private readonly directory: string,
    private readonly virtualReaders: VirtualReaders,
    public readonly tps: DemoTps,
    /** That takes as long for a message as Dogtag's. */
    public readonly lifelikeTps: DemoTps,
  ) {}

  /** @param build the folder of everything that is built */
  public static async open(build: string): Promise<Place> {
    const directory = join(build, 'bench/run');
    const settings = join(directory, 'config/glib-2.0/settings');
    mkdirSync(settings, { recursive: true });
    const readers = await startReaders({
      count: 2,
      directory: join(directory, 'readers'),
      namespacePrivate: true,
      firstPort,
    });
    const tps = await startTps();
    const lifelikeTps = await startTps({ pace: dogtagPace });
    writeFileSync(join(settings, 'keyfile'), `[io/github/escproject/Esc]\nfallback-tps-url='${tps.url}'\n`);
    return new Place(build, directory, readers, tps, lifelikeTps);
  }

  /** Of programs that are measured. */
  public get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.virtualReaders.environment,
      GSETTINGS_BACKEND: 'keyfile',
      XDG_CONFIG_HOME: join(this.directory, 'config'),
      XDG_STATE_HOME: join(this.directory, 'state'),
      GDK_BACKEND: 'x11',
      GSK_RENDERER: 'cairo',
      LC_ALL: 'C.UTF-8',
    };
  }

  public get stage(): string {
    return join(this.build, 'stage');
  }

  public get shim(): string {
    return join(this.stage, 'libexec/esc/esc-pcsc');
  }

  /** A program of the bench. */
  public bench(name: string): string {
    return join(this.build, 'bench', name);
  }

  /** @param number of the reader, 1 or 2 */
  public reader(number: 1 | 2): string {
    return this.virtualReaders.readers[number - 1]?.name ?? '';
  }

  public insert(number: 1 | 2, card: VirtualCard): Promise<InsertedCard> {
    const port = this.virtualReaders.readers[number - 1]?.port ?? 0;
    return insertCard(card, { port, linkPath: join(this.build, 'demo/vpcd-link') });
  }

  /** Inserts a card and waits until pcscd has seen it. */
  public async insertAndSee(number: 1 | 2, card: VirtualCard): Promise<InsertedCard> {
    const inserted = await this.insert(number, card);
    await this.see(number, /^present/);
    return inserted;
  }

  /** Takes a card out and waits until pcscd has seen that. */
  public async remove(number: 1 | 2, inserted: InsertedCard): Promise<void> {
    await inserted.remove();
    await this.see(number, /^empty/);
  }

  /** The program `esc`, or another one of GJS, that loads the window's probe first. */
  public probed(script: string): readonly string[] {
    const probe = this.bench('window-probe.js');
    const lines = readFileSync(script, 'utf8').split('\n');
    const [shebang = '', ...rest] = lines;
    const file = this.bench(`probed-${script.replace(/.*\//, '')}.js`);
    writeFileSync(file, [shebang, `import 'file://${probe}';`, ...rest].join('\n'));
    return ['gjs', '-m', file];
  }

  private async see(number: 1 | 2, state: RegExp): Promise<void> {
    const watch = new Teller([this.bench('pcsc-loop'), 'watch', this.reader(number)], this.environment);
    await watch.line(state);
    await watch.end();
  }

  public async close(): Promise<void> {
    await this.tps.close();
    await this.lifelikeTps.close();
    await this.virtualReaders.stop();
  }
}
