import { VirtualCard } from '../demo/card/virtual-card.js';
import { median, Section, spread } from './figures.js';
import type { Place } from './place.js';
import { outputOf } from './programs.js';
import type { Share } from './share.js';

const goal = 5;

/** A TPS, and what is measured with it. */
export interface MeasuredTps {
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** How often a card is formatted and enrolled. */
  readonly rounds: number;
  /** It takes about as long as one that people have, so that the client's share has to be small. */
  readonly lifelike: boolean;
}

/**
 * Whole operations, split into the shares of server, card and client.
 * @param added milliseconds that the program's way to the card adds to each PDU: the stop watch counts them as the card's
 */
export async function measureEnrollment(place: Place, added: number, tps: MeasuredTps): Promise<Section> {
  const { rounds } = tps;
  const inserted = await place.insertAndSee(1, new VirtualCard());
  const run = ['gjs', '-m', place.bench('enrollment.js'), place.stage, place.reader(1), `${rounds}`, tps.url];
  const output = await outputOf(run, place.environment, `${tps.user}\n${tps.password}\n`);
  await place.remove(1, inserted);
  const shares = output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Share);

  const section = new Section(
    `Whole operations with ${tps.name}: ${rounds} each in turns, reading the card included`,
  );
  for (const kind of ['format', 'enroll'] as const) {
    const own = shares.filter(share => share.kind === kind);
    const of = (part: (share: Share) => number): number => median(own.map(part));
    const total = of(share => share.total);
    const client = of(share => share.total - share.server - share.card + share.commands * added);
    const commands = of(share => share.commands);
    const percent = (part: number): string => `${part.toFixed(1)} ms, ${((100 * part) / total).toFixed(1)} %`;
    section.row(
      kind,
      `${spread(
        own.map(share => share.total),
        0,
        'ms',
      )}, ${commands} PDUs`,
    );
    section.row('  server', percent(of(share => share.server)));
    section.row('  card', percent(of(share => share.card - share.commands * added)));
    section.row('  client, its way to the card included', percent(client));
    section.row('  client, a PDU', `${(client / commands).toFixed(3)} ms`);
    section.row(
      '  processor time of program and shim',
      percent(of(share => share.processor + share.shimProcessor)),
    );
    if (kind === 'enroll' && tps.lifelike)
      section.goal('  client share', (100 * client) / total, goal, 1, ' %');
  }
  return section;
}
