import { expect } from 'vitest';
import { VirtualCard } from '../../../demo/card/virtual-card.js';
import type { Fault, MessageStep } from '../../../demo/tps/session.js';
import { deferred } from '../../../src/base/deferred.js';
import { asFailure, type FailureCode } from '../../../src/base/failure.js';
import { BoundaryCounter, hasCommand, isAt, type Boundary } from './boundaries.js';
import { answers } from './people.js';
import type { EndReport, FailureReport, TokenReport } from './orders.js';
import { eventually } from '../pcsc/waiting.js';
import { leastMessageTimeout, type Station } from './station.js';

/** Who fails; the card is pulled before a message, or while it does what the message says. */
export type FaultKind =
  | 'the server hangs up'
  | 'the server falls silent'
  | 'the card is pulled'
  | 'the card is torn from its work'
  | 'pcscd is killed'
  | 'the shim is killed'
  | 'the shim is stopped'
  | 'the user cancels'
  | 'the user cancels while the card works';

interface Expectation {
  readonly codes: readonly FailureCode[];
  /** Milliseconds from the fault to the end of the operation. */
  readonly within: number;
}

/**
 * For a machine that has other things to do: nothing of it is waited for when all is well.
 * Whoever waits for a card, or for the next word of a server that is well, waits longer.
 */
const margin = 20_000;
/** pcscd is given so long to tell what was lost: ClientTimes.settle. */
const settle = 1_500;
/** ClientTimes.quiet and pong. */
const shimSilence = 5_000;

const expectations: Readonly<Record<FaultKind, Expectation>> = {
  'the server hangs up': { codes: ['server-closed'], within: margin },
  'the server falls silent': { codes: ['server-silent'], within: leastMessageTimeout * 1000 + margin },
  'the card is pulled': { codes: ['card-removed'], within: settle + margin },
  'the card is torn from its work': { codes: ['card-removed'], within: settle + margin },
  'pcscd is killed': { codes: ['pcscd-stopped'], within: settle + margin },
  'the shim is killed': { codes: ['shim-lost'], within: margin },
  'the shim is stopped': { codes: ['shim-lost'], within: shimSilence + margin },
  'the user cancels': { codes: ['cancelled'], within: margin },
  'the user cancels while the card works': { codes: ['cancelled'], within: margin },
};

export const faultKinds = Object.keys(expectations) as FaultKind[];

/** Milliseconds for which a card works when it is cancelled meanwhile. */
const longWork = 250;

/** What an operation that was advised may need in turn: such as format and enroll after a refusal. */
const mostAdvice = 2;

let lastCard = 0;

/** A card that no server has seen. */
export function blankCard(): VirtualCard {
  lastCard += 1;
  return new VirtualCard({ number: lastCard });
}

/** Enrols a blank card without any fault. @returns what the server sent */
export async function recordBoundaries(station: Station): Promise<Boundary[]> {
  const before = station.model.state.appeared;
  await station.insert(blankCard());
  await station.settled(0, before);
  const boundaries: Boundary[] = [];
  const counter = new BoundaryCounter();
  station.fault = step => {
    boundaries.push(counter.next(step));
    return undefined;
  };
  const { failure } = await station.model.start(station.reader(), 'enroll', station.tps.url, answers).ended;
  station.fault = undefined;
  expect(failure).toBeNull();
  await station.remove();
  return boundaries;
}

/** What a fault made of an enrolment. */
export interface FaultRun {
  readonly end: EndReport;
  /** Milliseconds from the fault to the end. */
  readonly took: number;
  /** The operations that made the card good again, and why one of them failed. */
  readonly repairs: readonly string[];
}

/** Whether there is anything for the fault to strike: a card at work needs a command. */
export function canStrike(kind: FaultKind, boundary: Boundary): boolean {
  const needsCommand =
    kind === 'the card is torn from its work' || kind === 'the user cancels while the card works';
  return !needsCommand || hasCommand(boundary);
}

/**
 * Enrols a blank card, lets the fault happen when the server is about to send the message, checks how that ended,
 * then does what the error says until the card is enrolled.
 */
export async function enrollWithFault(
  station: Station,
  kind: FaultKind,
  boundary: Boundary,
): Promise<FaultRun> {
  const card = blankCard();
  const before = station.model.state.appeared;
  await station.insert(card);
  await station.settled(0, before);

  const struck = deferred<number>();
  const running = station.model.start(station.reader(), 'enroll', station.tps.url, answers);
  const counter = new BoundaryCounter();
  // Looked at once the operation has ended.
  struck.promise.catch(() => undefined);
  let done = false;
  station.fault = step => {
    if (!isAt(boundary, counter.next(step)) || done) return undefined;
    done = true;
    const now = performance.now();
    try {
      const fault = strike(station, kind, card, running.id, step);
      struck.resolve(now);
      return fault;
    } catch (error) {
      struck.reject(asFailure(error));
      return undefined;
    }
  };
  const end = await running.ended;
  const ended = performance.now();
  expect(done, `the fault happened: ${JSON.stringify(end)}`).toBe(true);
  const took = ended - (await struck.promise);
  station.fault = undefined;
  card.setFaults([]);

  const { codes, within } = expectations[kind];
  expect(codes, JSON.stringify(end)).toContain(end.failure?.code);
  expect(took).toBeLessThan(within);
  checkSentences(end.failure);

  await mend(station, kind, card);
  const repairs = await enrollAsAdvised(station, end.failure, before);
  await station.remove();
  expect(station.model.state.tokens).toEqual([]);
  // The client waits longer each time before it starts a shim again.
  if (kind === 'the shim is killed' || kind === 'the shim is stopped') await station.renewModel();
  return { end, took, repairs };
}

/** Makes the fault happen, and says what the server does. */
function strike(
  station: Station,
  kind: FaultKind,
  card: VirtualCard,
  operation: number,
  { message }: MessageStep,
): Fault | undefined {
  const shims = (): number[] => station.model.shims;
  switch (kind) {
    case 'the server hangs up':
      return { kind: 'hang-up' };
    case 'the server falls silent':
      return { kind: 'silence' };
    case 'the card is pulled':
      station.pull();
      return undefined;
    case 'the card is torn from its work':
      // Every other time after the work, with the answer lost.
      card.setFaults([
        { occurrence: 1, fault: { kind: 'pull', when: card.number % 2 === 0 ? 'after' : 'before' } },
      ]);
      return undefined;
    case 'pcscd is killed':
      station.killPcscd();
      return undefined;
    case 'the shim is killed':
      for (const pid of shims()) process.kill(pid, 'SIGKILL');
      return undefined;
    case 'the shim is stopped':
      for (const pid of shims()) process.kill(pid, 'SIGSTOP');
      return undefined;
    case 'the user cancels':
      station.model.cancel(operation);
      // The message does not overtake the wish.
      return { kind: 'silence' };
    case 'the user cancels while the card works':
      expect(message.type).toBe('pdu-request');
      card.setFaults([{ occurrence: 1, fault: { kind: 'delay', milliseconds: longWork } }]);
      station.model.cancel(operation);
      return undefined;
  }
}

/** Sentences for a person, complete ones. */
export function checkSentences(failure: FailureReport | null): void {
  for (const sentence of [failure?.what, failure?.next]) {
    // It begins with a capital, or with the server's address.
    expect(sentence).toMatch(/^[\p{Lu}\d].{8,}\.$/u);
    expect(sentence).not.toMatch(/[{}]|undefined/);
  }
}

/** Does what is to be done with the hands. */
async function mend(station: Station, kind: FaultKind, card: VirtualCard): Promise<void> {
  if (kind === 'pcscd is killed') await station.startPcscdAgain();
  const isOut: readonly FaultKind[] = [
    'the card is pulled',
    'the card is torn from its work',
    'pcscd is killed',
  ];
  if (isOut.includes(kind)) await station.insertAgain(card);
}

/** The model is idle: it has one card, read to the end, that nobody holds. */
export async function idle(station: Station): Promise<TokenReport> {
  const token = await station.settled();
  const { service, tokens } = station.model.state;
  expect(service).toBe('running');
  expect(tokens).toHaveLength(1);
  // A process that was killed may take a moment to be gone.
  await eventually(() => station.model.shims.length === 1);
  await station.useExclusively();
  return token;
}

/** Does what the error says, until the card is enrolled. */
export async function enrollAsAdvised(
  station: Station,
  first: FailureReport | null,
  before = 0,
): Promise<string[]> {
  const done: string[] = [];
  let failure = first;
  for (let advice = 0; failure !== null; advice += 1) {
    expect(advice, `${done.join(', ')}, and no end: ${JSON.stringify(failure)}`).toBeLessThan(mostAdvice);
    const operations = /^Format the card, then enroll/.test(failure.next)
      ? (['format', 'enroll'] as const)
      : (['enroll'] as const);
    failure = null;
    for (const kind of operations) {
      if (failure !== null) break;
      await idle(station);
      const end = await station.model.start(station.reader(), kind, station.tps.url, answers).ended;
      failure = end.failure;
      done.push(failure === null ? kind : `${kind}: ${failure.code} ${failure.facts.serverCode ?? ''}`);
    }
  }
  const token = await idle(station);
  expect(token).toMatchObject({ status: 'ENROLLED', unfinished: false, certificates: 2, keys: 2 });
  expect(token.number).toBeGreaterThan(before);
  expect(station.tps.tokens.find(token.cuid)?.state).toBe('ACTIVE');
  return done;
}
