/** One process of the model for as long as an office needs for a thousand cards. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualCard } from '../../demo/card/virtual-card.js';
import { blankCard } from '../support/faults/enrolment.js';
import { mean, memoryOf, slope, type Memory } from '../support/faults/memory.js';
import { answers } from '../support/faults/people.js';
import type { Station } from '../support/faults/station.js';
import { Workplace } from '../support/faults/workplace.js';
import { tell } from '../support/figures.js';

const readers = 8;
// Twice what is promised: the heap of GJS grows and shrinks by steps of a MiB, which 1,000 do not outweigh.
const insertions = 2_000;
const enrolments = 200;
const insertionsPerSample = 20;

/**
 * KiB an insertion in the second half, by the line that fits best, with the garbage collected before each look. A token
 * with its certificates that is not given back would be 20 at least; of the shim one page for each connection, the least
 * that malloc or a thread may lose, would be 4.
 */
const mostGrowth = { gjs: 4, shim: 0.5 };
/** Of the real applet. */
const appletBlocks = 75;

let workplace: Workplace;

beforeAll(async () => {
  workplace = await Workplace.open(1, { readers, appletBlocks, messageTimeout: 60 });
});

afterAll(async () => {
  await workplace.close();
});

/** Counts what is done, and looks at the memory now and then. */
class Soak {
  public inserted = 0;
  public removed = 0;
  public enrolled = 0;
  public messages = 0;
  public readonly samples: { readonly gjs: Memory; readonly shim: Memory }[] = [];
  private readonly tokens = new Set<number>();
  private readonly shim: number;

  public constructor(private readonly station: Station) {
    const [shim = 0] = station.model.shims;
    this.shim = shim;
    station.fault = () => {
      this.messages += 1;
      return undefined;
    };
  }

  /** One reader, until there is nothing left to do. */
  public async work(index: number): Promise<void> {
    let enrolled: VirtualCard | undefined;
    while (this.inserted < insertions) {
      this.inserted += 1;
      const enrols = this.enrolled < enrolments && this.inserted % (insertions / enrolments) === 0;
      const card = enrols || enrolled === undefined ? blankCard() : enrolled;
      await this.insert(index, card);
      if (enrols) {
        this.enrolled += 1;
        await this.enroll(index);
        enrolled = card;
      }
      if (card === enrolled) await this.expectEnrolled(index);
      await this.station.remove(index);
      this.removed += 1;
      if (this.removed % insertionsPerSample === 0) await this.sample();
    }
  }

  private async insert(index: number, card: VirtualCard): Promise<void> {
    await this.station.insert(card, index);
    const { number, cuid } = await this.station.settled(index);
    expect(this.tokens.has(number), 'each insertion is a token of its own').toBe(false);
    this.tokens.add(number);
    expect(cuid).toBe(Buffer.from(card.cuid).toString('hex').toUpperCase());
  }

  private async enroll(index: number): Promise<void> {
    const { model, tps } = this.station;
    const { failure } = await model.start(this.station.reader(index), 'enroll', tps.url, answers).ended;
    expect(failure).toBeNull();
  }

  private async expectEnrolled(index: number): Promise<void> {
    const token = await this.station.settled(index);
    expect(token).toMatchObject({ status: 'ENROLLED', unfinished: false, certificates: 2, keys: 2 });
  }

  private async sample(): Promise<void> {
    await this.station.model.collect();
    this.samples.push({ gjs: memoryOf(this.station.model.pid), shim: memoryOf(this.shim) });
  }
}

test(`${insertions} insertions and removals and ${enrolments} enrolments in one process`, async context => {
  await workplace.use(async station => {
    const soak = new Soak(station);
    const begun = performance.now();
    await Promise.all(Array.from({ length: readers }, (_, index) => soak.work(index)));
    const seconds = (performance.now() - begun) / 1000;

    const series = {
      'GJS, RSS': soak.samples.map(({ gjs }) => gjs.rss),
      'GJS, own': soak.samples.map(({ gjs }) => gjs.own),
      'shim, RSS': soak.samples.map(({ shim }) => shim.rss),
      'shim, own': soak.samples.map(({ shim }) => shim.own),
    };
    const figures = Object.entries(series).map(([what, values]) => {
      const size = Math.floor(values.length / 4);
      const quarters = [0, 1, 2, 3].map(n => mean(values.slice(n * size, (n + 1) * size)));
      const rest = values.slice(2 * size);
      return { what, quarters, growth: (slope(rest) / insertionsPerSample) * 1024 };
    });
    const memory = figures.map(
      ({ what, quarters, growth }) =>
        `${what} ${quarters.map(value => value.toFixed(2)).join(', ')}, then ${growth.toFixed(2)} KiB an insertion`,
    );
    tell(
      context,
      `${soak.inserted} insertions, ${soak.enrolled} enrolments, ${soak.messages} messages of the server ` +
        `in ${seconds.toFixed(0)} s; MiB in each quarter: ${memory.join('; ')}`,
    );

    expect(soak.enrolled).toBe(enrolments);
    const { appeared, disappeared, service, tokens } = station.model.state;
    expect({ appeared, disappeared, service, tokens }).toEqual({
      appeared: insertions,
      disappeared: insertions,
      service: 'running',
      tokens: [],
    });
    for (const { what, growth } of figures)
      expect(growth, what).toBeLessThan(what.startsWith('GJS') ? mostGrowth.gjs : mostGrowth.shim);
    expect(station.model.errors, 'GJS says when it loses a callback').toBe('');
  });
});
