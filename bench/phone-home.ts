import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interleaved, median, Section, spread } from './figures.js';
import type { Place } from './place.js';
import { outputOf } from './programs.js';
import { groupsOf, sharesOf } from './remembered.js';

const rounds = 5;
const few = 10;
const many = 10_000;
/** An insertion with many cards remembered against one with few. */
const goal = 2;

interface Times {
  readonly shown: number;
  readonly settled: number;
}

interface Insertions {
  readonly known: readonly Times[];
  readonly fresh: readonly Times[];
}

/** What is remembered of some cards, by one backend of the settings. */
class Memory {
  private nextCard = 1_000_000;

  private constructor(
    private readonly place: Place,
    private readonly backend: 'dconf' | 'keyfile',
    private readonly count: number,
    private readonly config: string,
  ) {}

  public static async fill(place: Place, backend: 'dconf' | 'keyfile', count: number): Promise<Memory> {
    const config = place.bench(`phone-home/${backend}-${count}`);
    rmSync(config, { recursive: true, force: true });
    mkdirSync(config, { recursive: true });
    const memory = new Memory(place, backend, count, config);
    if (backend === 'keyfile') memory.writeFiles();
    else await memory.loadDatabase();
    return memory;
  }

  public async insertions(): Promise<Insertions> {
    const first = `${this.nextCard}`;
    this.nextCard += 100;
    return JSON.parse(await this.run(`${this.count}`, this.place.tps.phoneHomeUrl, first)) as Insertions;
  }

  private writeFiles(): void {
    const folder = join(this.config, 'esc/cards');
    mkdirSync(folder, { recursive: true });
    for (const share of sharesOf(this.count))
      writeFileSync(join(folder, share.name), groupsOf(share, 'cards'));
  }

  private async loadDatabase(): Promise<void> {
    const file = join(this.config, 'database');
    const shares = sharesOf(this.count);
    writeFileSync(file, shares.map(share => groupsOf(share, share.name, `${share.name}/`)).join('\n'));
    await this.onBus('sh', '-c', 'dconf load /io/github/escproject/Esc/cards/ < "$0"', file);
  }

  private run(...task: readonly string[]): Promise<string> {
    const schemas = join(this.place.stage, 'share/esc/schemas');
    return this.onBus('gjs', '-m', this.place.bench('phone-home.js'), schemas, ...task);
  }

  /** A bus of its own, so that dconf's service writes there too. */
  private onBus(...command: readonly string[]): Promise<string> {
    return outputOf(['dbus-run-session', '--', ...command], {
      ...this.place.environment,
      GSETTINGS_BACKEND: this.backend,
      XDG_CONFIG_HOME: this.config,
    });
  }
}

/** What Phone Home makes of an insertion, with few cards remembered and with many, by both backends of the settings. */
export async function measurePhoneHome(place: Place): Promise<Section> {
  const section = new Section(
    `Phone Home on insertion, ${few} and ${many} cards remembered: ${rounds} runs each in turns`,
  );
  for (const backend of ['keyfile', 'dconf'] as const) {
    const small = await Memory.fill(place, backend, few);
    const large = await Memory.fill(place, backend, many);
    const { a, b } = await interleaved(
      rounds,
      () => small.insertions(),
      () => large.insertions(),
    );
    for (const [card, name] of [
      ['known', 'a remembered card'],
      ['fresh', 'a new card'],
    ] as const)
      for (const [moment, what] of [
        ['shown', 'its issuer known'],
        ['settled', 'all written'],
      ] as const) {
        const times = (runs: readonly Insertions[]): number[] =>
          runs.flatMap(run => run[card].map(insertion => insertion[moment] / 1000));
        const of = [times(a), times(b)] as const;
        section.row(`${backend}, ${name}: ${what}`, spread(of[0], 2, 'ms'));
        section.row(`  with ${many}`, spread(of[1], 2, 'ms'));
        const ratio = median(of[1]) / median(of[0]);
        // dconf's own service writes its whole database anew, which nobody waits for.
        if (backend === 'dconf' && moment === 'settled') section.row('  ratio', ratio.toFixed(2));
        else section.goal('  ratio', ratio, goal, 2, '');
      }
  }
  return section;
}
