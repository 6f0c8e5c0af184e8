/**
 * bench.mjs BUILD [round-trip] [enrollment] [insertion] [window] [phone-home] [--tps=URL --user=NAME --password-file=FILE]:
 * measures, on a display of its own; enrollment also with a TPS that is named.
 */
import { readFileSync } from 'node:fs';
import { exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { measureEnrollment, type MeasuredTps } from './enrollment.js';
import type { Section } from './figures.js';
import { measureInsertion } from './insertion.js';
import { measurePhoneHome } from './phone-home.js';
import { Place } from './place.js';
import { measureRoundTrip } from './round-trip.js';
import { measureWindow } from './window.js';

const { positionals, values } = parseArgs({
  options: { tps: { type: 'string' }, user: { type: 'string' }, 'password-file': { type: 'string' } },
  allowPositionals: true,
});
const [build = 'build', ...wanted] = positionals;
const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name);

function demos({ tps, lifelikeTps }: Place): MeasuredTps[] {
  const login = { user: 'jsmith', password: 'secret' };
  return [
    {
      name: 'the demo TPS, as slow as Dogtag',
      url: lifelikeTps.url,
      ...login,
      rounds: 5,
      lifelike: true,
    },
    { name: 'the demo TPS', url: tps.url, ...login, rounds: 10, lifelike: false },
  ];
}

/** The TPS that the command line names. */
function named(): MeasuredTps[] {
  const { tps: url, user = '', 'password-file': file } = values;
  if (url === undefined || file === undefined) return [];
  const password = readFileSync(file, 'utf8').trimEnd();
  return [{ name: url, url, user, password, rounds: 10, lifelike: true }];
}

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
  if (wants('enrollment')) {
    for (const tps of [...demos(place), ...named()]) add(await measureEnrollment(place, added ?? 0, tps));
  }
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
