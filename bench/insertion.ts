import { setTimeout as sleep } from 'node:timers/promises';
import { VirtualCard } from '../demo/card/virtual-card.js';
import { median, Section, spread } from './figures.js';
import { join } from 'node:path';
import type { Place } from './place.js';
import { Teller } from './programs.js';

const rounds = 15;
const goal = 150;

interface Times {
  /** Milliseconds after the C loop's event, for each state of what is shown. */
  readonly reading: number[];
  readonly summary: number[];
  readonly contents: number[];
}

/** From a card's insertion to what is painted of it, against the C loop's event. */
export async function measureInsertion(place: Place): Promise<Section> {
  const { environment } = place;
  const window = new Teller(place.probed(join(place.stage, 'bin/esc')), environment);
  await window.line(/^frame/);
  const page = await insertions(place, window, 1, 'page');
  const other = await place.insert(1, new VirtualCard());
  await window.line(/^shows \d+ page contents/, window.lineCount);
  const row = await insertions(place, window, 2, 'row');
  await place.remove(1, other);
  await window.end();

  const section = new Section(
    `Card inserted to card on screen, after the C loop's event: ${rounds} insertions each`,
  );
  section.row('its page, the only card', spread(page.reading, 1, 'ms'));
  section.row('its page with what it is', spread(page.summary, 1, 'ms'));
  section.row('its page with its certificates', spread(page.contents, 1, 'ms'));
  section.row('its row, a second card', spread(row.reading, 1, 'ms'));
  section.row('its row with what it is', spread(row.summary, 1, 'ms'));
  section.goal('row or page', Math.max(median(page.reading), median(row.reading)), goal, 1, ' ms');
  return section;
}

async function insertions(place: Place, window: Teller, number: 1 | 2, what: 'page' | 'row'): Promise<Times> {
  const watch = new Teller([place.bench('pcsc-loop'), 'watch', place.reader(number)], place.environment);
  await watch.line(/^empty/);
  const times: Times = { reading: [], summary: [], contents: [] };
  const card = new VirtualCard({ number });
  for (let round = 0; round < rounds; round += 1) {
    const before = { watch: watch.lineCount, window: window.lineCount };
    const inserted = await place.insert(number, card);
    const event = await watch.line(/^present (\d+)/, before.watch);
    const shown = async (states: string): Promise<number> => {
      const line = new RegExp(`^shows (\\d+) ${what} (?:${states}) ${place.reader(number)}$`);
      const { match } = await window.line(line, before.window);
      return Number(match[1]) / 1e3 - Number(event.match[1]) / 1e6;
    };
    times.reading.push(await shown('reading|summary|contents'));
    times.summary.push(await shown('summary|contents'));
    times.contents.push(await shown('contents'));
    await inserted.remove();
    await watch.line(/^empty/, event.next);
    // So that an insertion does not meet what the window still does for the removal.
    await sleep(300);
  }
  await watch.end();
  return times;
}
