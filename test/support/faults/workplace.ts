import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildVpcdLink } from '../../../demo/vpcd-link/build.js';
import { removeFolder } from '../processes.js';
import { bundleModel } from './model-process.js';
import { Station, type StationOptions } from './station.js';

/** Stations side by side, in a folder of their own. */
export class Workplace {
  private readonly free: Station[] = [];
  private readonly waiting: ((station: Station) => void)[] = [];
  private readonly all = new Set<Station>();
  private started = 0;
  private text = '';

  private constructor(
    private readonly folder: string,
    private readonly parts: Omit<StationOptions, 'directory'>,
  ) {}

  public static async open(count: number, options: Partial<StationOptions> = {}): Promise<Workplace> {
    const folder = mkdtempSync(join(tmpdir(), 'esc-faults-'));
    const [program, linkPath] = await Promise.all([bundleModel(folder), buildVpcdLink(folder)]);
    const workplace = new Workplace(folder, { program, linkPath, readers: 1, appletBlocks: 3, ...options });
    const stations = Array.from({ length: count }, () => workplace.start());
    for (const station of await Promise.all(stations)) workplace.free.push(station);
    return workplace;
  }

  /** Has a station for itself; one at which a test failed is not used again. */
  public async use<R>(work: (station: Station) => Promise<R>): Promise<R> {
    let station = this.free.pop() ?? (await new Promise<Station>(resolve => this.waiting.push(resolve)));
    try {
      return await work(station);
    } catch (error) {
      await this.stop(station);
      station = await this.start();
      throw error;
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free.push(station);
      else next(station);
    }
  }

  /** What the GJS programs that have ended wrote on standard error. */
  public get errors(): string {
    return this.text;
  }

  public async close(): Promise<void> {
    await Promise.all([...this.all].map(station => this.stop(station)));
    await removeFolder(this.folder);
  }

  private async start(): Promise<Station> {
    this.started += 1;
    const station = await Station.start({ ...this.parts, directory: join(this.folder, `${this.started}`) });
    this.all.add(station);
    return station;
  }

  private async stop(station: Station): Promise<void> {
    this.all.delete(station);
    await station.end();
    this.text += station.errors;
  }
}
