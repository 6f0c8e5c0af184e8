/**
 * dogtag.mjs BUILD: the program's operations beside those of Dogtag's own tpsclient, in turns at the same real TPS,
 * and where the program's own time goes.
 * Runs within the lab of test/dogtag. Of ours the time of the card is taken out, but for what the program's way to it
 * takes. tpsclient has a card in software in itself, whose time cannot be told from its own and stays in.
 */
import { argv, exit, stderr, stdout } from 'node:process';
import { VirtualCard } from '../demo/card/virtual-card.js';
import type { TpsMessage } from '../src/protocol/message.js';
import { encodeMessage } from '../src/protocol/message-encoder.js';
import { addPerson, type Person } from '../test/support/dogtag/directory.js';
import { lab } from '../test/support/dogtag/lab.js';
import { httpPort } from '../test/support/dogtag/names.js';
import { runInMachine } from '../test/support/dogtag/machine.js';
import { Passage, type Course, type Way } from '../test/support/dogtag/passage.js';
import { measureEnrollment } from './enrollment.js';
import { interleaved, median, Section, spread } from './figures.js';
import { Place } from './place.js';
import { outputOf } from './programs.js';
import { measureRoundTrip } from './round-trip.js';
import type { Share } from './share.js';

const rounds = 10;
const pin = '12345678';
const kinds = ['format', 'enroll'] as const;
type Kind = (typeof kinds)[number];

/** Both load the applet when they format, and only then. */
const settings = { tps: { 'op.enroll.userKey.update.applet.enable': 'false' } };

/** What both did at the TPS up to its END_OP, by kind; milliseconds of ours without those of the card. */
type Round = Readonly<Record<Kind, Course>>;

/** The version of GlobalPlatform's test keys, and they themselves. */
const cardKeys = { version: '0101', value: '404142434445464748494a4b4c4d4e4f' };
const longestBody = 65_536;

/** CLEAR KEY SLOTS, at which tpsclient 10.10 hangs up. */
function isUnknownToTpsclient(message: TpsMessage): boolean {
  return message.type === 'pdu-request' && message.pdu[0] === 0x84 && message.pdu[1] === 0x55;
}

function answerForTpsclient(message: TpsMessage): Way {
  if (!isUnknownToTpsclient(message)) return 'pass';
  const answer = encodeMessage({ type: 'pdu-response', pdu: Uint8Array.of(0x90, 0x00) }, longestBody);
  return Buffer.concat([Buffer.from(`${answer.length.toString(16)}\r\n`), answer, Buffer.from('\r\n')]);
}

/** A script of tpsclient is split at spaces. */
async function newPerson(user: string): Promise<Person> {
  const person = { user, password: 'secret', name: `Bench ${user}` };
  await addPerson(person);
  return person;
}

class Comparison {
  public constructor(
    private readonly place: Place,
    private readonly passage: Passage,
    private readonly person: Person,
    private readonly tpsclientPerson: Person,
    private readonly tpsclientCuid: string,
    /** Milliseconds of the program's own in what a command takes the card: see measureRoundTrip. */
    private readonly added: number,
  ) {}

  public async ours(): Promise<Round> {
    const { place, passage, person } = this;
    passage.gate = undefined;
    const run = ['gjs', '-m', place.bench('enrollment.js'), place.stage, place.reader(1), '1', passage.url];
    const output = await outputOf(run, place.environment, `${person.user}\n${person.password}\n`);
    const shares = output
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Share);
    const [format, enroll] = this.takeCourses();
    const without = (course: Course, kind: Kind): Course => {
      const taken = shares.find(share => share.kind === kind)?.cardInConversation ?? NaN;
      const card = taken - course.commands * this.added;
      return { ...course, total: course.total - card, client: course.client - card };
    };
    return { format: without(format, 'format'), enroll: without(enroll, 'enroll') };
  }

  public async tpsclients(): Promise<Round> {
    this.passage.gate = answerForTpsclient;
    for (const kind of kinds) {
      // Its exit status says nothing.
      const said = await runInMachine(['sh', '-c', 'tpsclient; true'], this.script(kind));
      const result = /^Result> .*'ra_.*/m.exec(said)?.[0];
      if (result?.includes('> Success') !== true) throw new Error(`tpsclient: ${result ?? said}`);
    }
    const [format, enroll] = this.takeCourses();
    return { format, enroll };
  }

  private script(kind: Kind): string {
    const { user, password } = this.tpsclientPerson;
    const { version, value } = cardKeys;
    return [
      'op=var_set name=ra_host value=127.0.0.1',
      `op=var_set name=ra_port value=${this.passage.port}`,
      'op=var_set name=ra_uri value=/tps/tps',
      `op=token_set cuid=${this.tpsclientCuid} msn=01020304 app_ver=6FBBC105 key_info=${version} major_ver=1 minor_ver=1`,
      ...['auth', 'mac', 'kek'].map(name => `op=token_set ${name}_key=${value}`),
      `op=ra_${kind} uid=${user} pwd=${password} new_pin=${pin} num_threads=1 extensions=tokenType=userKey`,
      'op=exit\n',
    ].join('\n');
  }

  private takeCourses(): [Course, Course] {
    const [format, enroll] = this.passage.courses.splice(0);
    if (format === undefined || enroll === undefined) throw new Error('a conversation has not ended');
    return [format, enroll];
  }
}

function report(ours: readonly Round[], tpsclients: readonly Round[]): Section {
  const section = new Section(
    `Operations at a real Dogtag TPS up to END_OP, ${rounds} of each client in turns`,
  );
  for (const kind of kinds) {
    const totals = (taken: readonly Round[]): number[] => taken.map(round => round[kind].total);
    const clients = (taken: readonly Round[]): number => median(taken.map(round => round[kind].client));
    const commands = (taken: readonly Round[]): number => median(taken.map(round => round[kind].commands));
    section.row(
      `${kind}, this program without its card`,
      `${spread(totals(ours), 0, 'ms')}, ${commands(ours)} PDUs`,
    );
    section.row(
      `${kind}, tpsclient with its card`,
      `${spread(totals(tpsclients), 0, 'ms')}, ${commands(tpsclients)} PDUs`,
    );
    section.row('  ratio', (median(totals(ours)) / median(totals(tpsclients))).toFixed(2));
    section.row('  client alone, this program without its card', `${clients(ours).toFixed(1)} ms`);
    section.row('  client alone, tpsclient with its card', `${clients(tpsclients).toFixed(1)} ms`);
  }
  return section;
}

async function compare(place: Place, added: number): Promise<Section> {
  const passage = await Passage.open();
  try {
    const inserted = await place.insertAndSee(1, new VirtualCard({ number: lab.newCardNumber() }));
    const [ours, tpsclients] = [await newPerson('ours'), await newPerson('tpsclients')];
    const cuid = `40906145C763${lab.newCardNumber().toString(16).padStart(8, '0').toUpperCase()}`;
    const comparison = new Comparison(place, passage, ours, tpsclients, cuid, added);
    // Neither card is new to the TPS when it counts.
    await comparison.ours();
    await comparison.tpsclients();
    const { a, b } = await interleaved(
      rounds,
      () => comparison.ours(),
      () => comparison.tpsclients(),
    );
    await place.remove(1, inserted);
    return report(a, b);
  } finally {
    passage.close();
  }
}

function print(section: Section): Section {
  stdout.write(`${section.toString()}\n`);
  return section;
}

async function main(build: string): Promise<number> {
  await lab.use(settings);
  const place = await Place.open(build);
  try {
    const { section, added } = await measureRoundTrip(place);
    print(section);
    print(await compare(place, added));
    const { user, password } = await newPerson('split');
    // Where the time of our own operations goes. Without TLS the program sends a password to this machine alone.
    const url = `http://127.0.0.1:${httpPort}/tps/tps`;
    const split = print(
      await measureEnrollment(place, added, { name: url, url, user, password, rounds: 10, lifelike: true }),
    );
    return section.reached && split.reached ? 0 : 1;
  } finally {
    await place.close();
  }
}

main(argv[2] ?? 'build').then(
  status => exit(status),
  (error: unknown) => {
    stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    exit(2);
  },
);
