import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VirtualCard } from '../demo/card/virtual-card.js';
import { interleaved, median, Section, spread } from './figures.js';
import type { Place } from './place.js';
import { Teller } from './programs.js';

const timeRounds = 40;
const memoryRounds = 5;
const goal = 1.25;
/** Milliseconds for a window to have done all that it does at its start. */
const settling = 1_500;

interface Start {
  /** Milliseconds from the start of the process to its first frame. */
  readonly time: number;
  /** Milliseconds that the processors spent on it until then: what else the machine does changes it little. */
  readonly processor: number;
}

interface Memory {
  /** MiB, proportional set size. */
  readonly window: number;
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

async function startOf(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<Start> {
  const window = new Teller(command, environment);
  const { match } = await window.line(/^frame (\d+) ([\d.]+)/);
  await window.end();
  return { time: (Number(match[1]) - window.startedAt) / 1000, processor: Number(match[2]) };
}

/** @param whole the line that tells that the window shows all that it will */
async function memoryWhenWhole(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  whole: RegExp,
): Promise<Memory> {
  const window = new Teller(command, environment);
  await window.line(whole);
  await sleep(settling);
  const memory = {
    window: memoryOf(window.pid),
    helpers: childrenOf(window.pid).reduce((sum, pid) => sum + memoryOf(pid), 0),
  };
  await window.end();
  return memory;
}

/** Time to window and memory, against an empty window, with a card in the reader. */
export async function measureWindow(place: Place): Promise<Section> {
  const { environment } = place;
  const card = await place.insertAndSee(1, new VirtualCard());
  const emptyWindow = place.probed(place.bench('empty-window.js'));
  const program = place.probed(join(place.stage, 'bin/esc'));
  // The first of all read from disk what is in memory for the others.
  const memory = await interleaved(
    memoryRounds,
    () => memoryWhenWhole(emptyWindow, environment, /^frame/),
    () => memoryWhenWhole(program, environment, /^shows \d+ page contents/),
  );
  const start = await interleaved(
    timeRounds,
    () => startOf(emptyWindow, environment),
    () => startOf(program, environment),
  );
  await place.remove(1, card);

  const section = new Section(
    `Time to window and memory, a card in the reader: ${timeRounds} and ${memoryRounds} runs each in turns`,
  );
  const times = (runs: readonly Start[]): number[] => runs.map(({ time }) => time);
  section.row('empty Adwaita window on GJS', spread(times(start.a), 0, 'ms'));
  section.row('the program', spread(times(start.b), 0, 'ms'));
  section.goal('ratio', median(times(start.b)) / median(times(start.a)), goal, 2, '');
  const processors = (runs: readonly Start[]): number[] => runs.map(({ processor }) => processor);
  section.row('  processor time until then, empty window', spread(processors(start.a), 0, 'ms'));
  section.row('  processor time until then, the program', spread(processors(start.b), 0, 'ms'));
  section.row('  ratio', (median(processors(start.b)) / median(processors(start.a))).toFixed(2));
  const windows = (runs: readonly Memory[]): number[] => runs.map(({ window }) => window);
  section.row('empty Adwaita window on GJS', spread(windows(memory.a), 1, 'MiB'));
  section.row('the program', spread(windows(memory.b), 1, 'MiB'));
  section.row(
    'its shim',
    spread(
      memory.b.map(({ helpers }) => helpers),
      1,
      'MiB',
    ),
  );
  section.goal('ratio', median(windows(memory.b)) / median(windows(memory.a)), goal, 2, '');
  return section;
}
