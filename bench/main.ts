/** bench.mjs BUILD [round-trip] [enrollment] [insertion] [window] [phone-home]: measures, on a display of its own. */
import { argv, exit, stderr, stdout } from 'node:process';
import { measureEnrollment } from './enrollment.js';
import type { Section } from './figures.js';
import { measureInsertion } from './insertion.js';
import { measurePhoneHome } from './phone-home.js';
import { Place } from './place.js';
import { measureRoundTrip } from './round-trip.js';
import { measureWindow } from './window.js';

const [build = 'build', ...wanted] = argv.slice(2);
const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name);

async function measure(place: Place): Promise<boolean> {
  const sections: Section[] = [];
  const add = (section: Section): void => {
    sections.push(section);
    stdout.write(`${section.toString()}\n`);
  };
  let added: number | undefined;
  if (wants('round-trip') || wants('enrollment')) {
    const roundTrip = await measureRoundTrip(place);
    added = roundTrip.added;
    add(roundTrip.section);
  }
  if (wants('enrollment')) add(await measureEnrollment(place, added ?? 0));
  if (wants('insertion')) add(await measureInsertion(place));
  if (wants('window')) add(await measureWindow(place));
  if (wants('phone-home')) add(await measurePhoneHome(place));
  return sections.every(section => section.reached);
}

async function main(): Promise<number> {
  const place = await Place.open(build);
  try {
    return (await measure(place)) ? 0 : 1;
  } finally {
    await place.close();
  }
}

main().then(
  status => exit(status),
  (error: unknown) => {
    stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    exit(2);
  },
);
