import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VirtualCard } from '../demo/card/virtual-card.js';
import { interleaved, median, Section, spread } from './figures.js';
import type { Place } from './place.js';
import { Teller } from './programs.js';

const rounds = 15;
const goal = 1.25;
/** Milliseconds for a window to have done all that it does at its start. */
const settling = 1_500;

interface Figures {
  /** Milliseconds from the start of the process to its first frame. */
  readonly time: number;
  /** Milliseconds that the processors spent on it until then: what else the machine does changes it little. */
  readonly processor: number;
  /** MiB, proportional set size. */
  readonly memory: number;
  /** MiB of the processes that it started. */
  readonly helpers: number;
}

function memoryOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(match?.[1] ?? NaN) / 1024;
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** @param whole the line that tells that the window shows all that it will */
async function figuresOf(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  whole: RegExp,
): Promise<Figures> {
  const window = new Teller(command, environment);
  const { match } = await window.line(/^frame (\d+) ([\d.]+)/);
  await window.line(whole);
  await sleep(settling);
  const figures = {
    time: (Number(match[1]) - window.startedAt) / 1000,
    processor: Number(match[2]),
    memory: memoryOf(window.pid),
    helpers: childrenOf(window.pid).reduce((sum, pid) => sum + memoryOf(pid), 0),
  };
  await window.end();
  return figures;
}

/** Time to window and memory, against an empty window, with a card in the reader. */
export async function measureWindow(place: Place): Promise<Section> {
  const { environment } = place;
  const card = await place.insertAndSee(1, new VirtualCard());
  const emptyWindow = place.probed(place.bench('empty-window.js'));
  const program = place.probed(join(place.stage, 'bin/esc'));
  // Once each beforehand: what is read from disk is in memory then.
  await figuresOf(emptyWindow, environment, /^frame/);
  await figuresOf(program, environment, /^shows \d+ page contents/);
  const { a, b } = await interleaved(
    rounds,
    () => figuresOf(emptyWindow, environment, /^frame/),
    () => figuresOf(program, environment, /^shows \d+ page contents/),
  );
  await place.remove(1, card);

  const section = new Section(
    `Time to window and memory, a card in the reader: ${rounds} runs each in turns`,
  );
  const times = (runs: readonly Figures[]): number[] => runs.map(({ time }) => time);
  const memories = (runs: readonly Figures[]): number[] => runs.map(({ memory }) => memory);
  section.row('empty Adwaita window on GJS', spread(times(a), 0, 'ms'));
  section.row('the program', spread(times(b), 0, 'ms'));
  section.goal('ratio', median(times(b)) / median(times(a)), goal, 2, '');
  const processors = (runs: readonly Figures[]): number[] => runs.map(({ processor }) => processor);
  section.row('  processor time until then, empty window', spread(processors(a), 0, 'ms'));
  section.row('  processor time until then, the program', spread(processors(b), 0, 'ms'));
  section.row('  ratio', (median(processors(b)) / median(processors(a))).toFixed(2));
  section.row('empty Adwaita window on GJS', spread(memories(a), 1, 'MiB'));
  section.row('the program', spread(memories(b), 1, 'MiB'));
  section.row(
    'its shim',
    spread(
      b.map(({ helpers }) => helpers),
      1,
      'MiB',
    ),
  );
  section.goal('ratio', median(memories(b)) / median(memories(a)), goal, 2, '');
  return section;
}
