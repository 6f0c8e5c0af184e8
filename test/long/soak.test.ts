/** One process of the model for as long as an office needs for a thousand cards. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualCard } from '../../demo/card/virtual-card.js';
import { blankCard } from '../support/faults/enrolment.js';
import { mean, memoryOf, type Memory } from '../support/faults/memory.js';
import { answers } from '../support/faults/people.js';
import type { Station } from '../support/faults/station.js';
import { Workplace } from '../support/faults/workplace.js';
import { tell } from '../support/figures.js';

const readers = 8;
const insertions = 1_000;
const enrolments = 100;
const insertionsPerSample = 20;

/**
 * MiB between the second quarter and the last. What GJS holds goes up and down by some MiB with its garbage; a token
 * with its certificates that is not given back, 20 KiB at least, would make 10 MiB of the 500 insertions between.
 * The shim has no garbage: one page for each connection, the least that malloc or a thread may lose, would be 2 MiB.
 */
const growth = { gjs: 4, shim: 0.5 };

let workplace: Workplace;

beforeAll(async () => {
  workplace = await Workplace.open(1, { readers, messageTimeout: 60 });
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
      if (this.removed % insertionsPerSample === 0) this.sample();
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

  private sample(): void {
    this.samples.push({ gjs: memoryOf(this.station.model.pid), shim: memoryOf(this.shim) });
  }
}

test(`${insertions} insertions and removals and ${enrolments} enrolments in one process`, async context => {
  await workplace.use(async station => {
    const soak = new Soak(station);
    const begun = performance.now();
    await Promise.all(Array.from({ length: readers }, (_, index) => soak.work(index)));
    const seconds = (performance.now() - begun) / 1000;

    const quarter = (n: number, value: (sample: (typeof soak.samples)[number]) => number): number => {
      const size = Math.floor(soak.samples.length / 4);
      return mean(soak.samples.slice((n - 1) * size, n * size).map(value));
    };
    const figures = {
      'GJS, RSS': [1, 2, 3, 4].map(n => quarter(n, ({ gjs }) => gjs.rss)),
      'GJS, PSS': [1, 2, 3, 4].map(n => quarter(n, ({ gjs }) => gjs.pss)),
      'shim, RSS': [1, 2, 3, 4].map(n => quarter(n, ({ shim }) => shim.rss)),
      'shim, PSS': [1, 2, 3, 4].map(n => quarter(n, ({ shim }) => shim.pss)),
    };
    const memory = Object.entries(figures).map(
      ([what, values]) => `${what} ${values.map(value => value.toFixed(2)).join(', ')}`,
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
    for (const [what, values] of Object.entries(figures)) {
      const [, second = NaN, , last = NaN] = values;
      expect(last - second, what).toBeLessThan(what.startsWith('GJS') ? growth.gjs : growth.shim);
    }
    expect(station.model.errors, 'GJS says when it loses a callback').toBe('');
  });
});
