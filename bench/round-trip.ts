import { VirtualCard } from '../demo/card/virtual-card.js';
import { interleaved, median, Section, spread } from './figures.js';
import type { Place } from './place.js';
import { outputOf } from './programs.js';

const rounds = 15;
const warmup = 100;
const count = 400;
/** GET DATA of the CPLC: 45 bytes come back. */
const command = '80CA9F7F2D';

/** An APDU by the program's way to the card, against the bare C loop. @returns milliseconds more a command */
export async function measureRoundTrip(
  place: Place,
): Promise<{ readonly section: Section; readonly added: number }> {
  const inserted = await place.insertAndSee(1, new VirtualCard());
  const parameters = [place.reader(1), `${warmup}`, `${count}`, command];
  const { environment } = place;
  const loop = async (): Promise<number> => {
    const output = await outputOf([place.bench('pcsc-loop'), 'transmit', ...parameters], environment);
    return median(output.trim().split('\n').map(Number)) / 1e6;
  };
  const program = async (): Promise<number> => {
    const run = ['gjs', '-m', place.bench('round-trip.js'), place.shim, ...parameters];
    return median(JSON.parse(await outputOf(run, environment)) as number[]) / 1e3;
  };
  const { a, b } = await interleaved(rounds, loop, program);
  await place.remove(1, inserted);

  const added = median(b) - median(a);
  const section = new Section(`APDU round trip: ${rounds} runs each in turns, ${count} commands a run`);
  section.row('C loop on libpcsclite', spread(a, 3, 'ms'));
  section.row('the program', spread(b, 3, 'ms'));
  section.row('ratio', (median(b) / median(a)).toFixed(2));
  section.goal('added to each PDU', added, 0.5, 3, ' ms');
  return { section, added };
}
