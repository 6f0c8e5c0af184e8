/** An operation with a real TPS that ends in the middle: what is told is true, and what is advised mends it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../src/base/bytes.js';
import type { VirtualCard } from '../../../demo/card/virtual-card.js';
import type { OperationKind } from '../../../src/tokens/operation.js';
import type { Report } from '../escctl/escctl.js';
import { Desk } from './desk.js';
import type { Person } from './directory.js';
import { lab } from './lab.js';
import { appletSeen } from './others.js';
import { Passage } from './passage.js';
import { activities, tokenRecord } from './records.js';
import { expectEnrolled } from './three-sides.js';
import { BoundaryCounter, describeBoundary, isAt, lastMessage, type Boundary } from '../faults/boundaries.js';

const pin = 'Broken-71';
/** Seconds for which the program waits for a message: a server that is well takes one or two. */
const messageTimeout = 10;

/** What the program says that is left of the card. */
const consequences = {
  nothing: '',
  unfinished: 'The card is unfinished now: format it, then enroll it.',
  formatted: 'The card is formatted now and not enrolled.',
} as const;

/** A place where the conversation ends, and what is the case then. */
interface Point {
  /** How far the card has come before. */
  readonly card: 'blank' | 'formatted' | 'enrolled';
  readonly boundary: Boundary;
  /** As the applet tells it; undefined where there is none. */
  readonly lifeCycle: '07' | '0F' | undefined;
  /** As the TPS has it. */
  readonly record: string | undefined;
  readonly left: keyof typeof consequences;
  /** What the TPS has noted of the operation: each time what it was, and its result. */
  readonly noted: readonly string[];
}

function point(
  card: Point['card'],
  operation: OperationKind,
  message: string,
  lifeCycle: Point['lifeCycle'],
  record: string | undefined,
  left: Point['left'],
  ...noted: readonly string[]
): Point {
  const [, name = message, occurrence = 1] = /^(.*) (\d+)$/.exec(message) ?? [];
  return {
    card,
    boundary: { operation, name, occurrence: Number(occurrence) },
    lifeCycle,
    record,
    left,
    noted,
  };
}

/** Noted of each certificate when it is made, as if it were on the card already. */
const certificate = 'enrollment: success';
const certificates = [certificate, certificate] as const;
const enrolled = [...certificates, 'enrollment: success'] as const;

/** For each interruption. */
export const points: readonly Point[] = [
  point('blank', 'format', 'LOAD 2', undefined, 'UNFORMATTED', 'unfinished', 'add: success'),
  point('formatted', 'format', 'LOAD 2', undefined, 'FORMATTED', 'unfinished'),
  point('formatted', 'format', 'SET ISSUER INFO', '07', 'FORMATTED', 'formatted'),
  point('formatted', 'format', lastMessage, '07', 'FORMATTED', 'formatted', 'format: success'),
  point('formatted', 'enroll', 'SET PIN', '07', 'FORMATTED', 'unfinished'),
  point('formatted', 'enroll', 'READ OBJECT', '07', 'FORMATTED', 'unfinished'),
  point('formatted', 'enroll', 'IMPORT KEY ENC', '07', 'FORMATTED', 'unfinished', certificate),
  // The first ones are for the key; then z0 is about to be made, empty, and half written.
  point('formatted', 'enroll', 'CREATE OBJECT 2', '07', 'FORMATTED', 'unfinished', ...certificates),
  point('formatted', 'enroll', 'WRITE OBJECT 5', '07', 'FORMATTED', 'unfinished', ...certificates),
  point('formatted', 'enroll', 'WRITE OBJECT 8', '07', 'FORMATTED', 'unfinished', ...certificates),
  point('formatted', 'enroll', 'SET LIFECYCLE', '07', 'FORMATTED', 'unfinished', ...certificates),
  point('formatted', 'enroll', 'CLEAR KEY SLOTS', '0F', 'ACTIVE', 'nothing', ...enrolled),
  point('enrolled', 'enroll', 'WRITE OBJECT 8', '0F', 'ACTIVE', 'unfinished', ...certificates),
];

export const furtherPoints: readonly Point[] = [
  point('blank', 'format', 'extended-login-request', undefined, undefined, 'nothing', 'format: failure'),
  point('enrolled', 'format', 'LOAD 2', undefined, 'ACTIVE', 'unfinished'),
  point('formatted', 'enroll', 'extended-login-request', '07', 'FORMATTED', 'nothing', 'enrollment: failure'),
  point('formatted', 'enroll', 'new-pin-request', '07', 'FORMATTED', 'nothing'),
  point('formatted', 'enroll', lastMessage, '0F', 'ACTIVE', 'nothing', ...enrolled),
];

/** What the program says of each. */
const closed = {
  code: 'server-closed',
  message: / ended the connection in the middle\.$/,
  next: /^Try again\. If it happens again, ask your help desk to look at the server’s log\.$/,
} as const;
const silent = {
  code: 'server-silent',
  message: / stopped answering\.$/,
  next: /^Try again in a few minutes\.$/,
} as const;
const interruptions = {
  'is cut off': closed,
  'is killed': closed,
  'is stopped': silent,
  'is told to end': closed,
} as const;
type Interruption = keyof typeof interruptions;

let desk: Desk;
let passage: Passage;
let person: Person;

/** Brings a new card as far as the point needs it. */
async function prepare(how: Point['card']): Promise<VirtualCard> {
  const card = await desk.insertNew();
  if (how !== 'blank') await desk.mustOperate('format', { person });
  if (how === 'enrolled') await desk.mustOperate('enroll', { person, pin });
  return card;
}

/** Runs the operation, with the interruption at the boundary. */
async function runInterrupted(interruption: Interruption, boundary: Boundary): Promise<Report> {
  const counter = new BoundaryCounter();
  let struck: Boundary | undefined;
  let ending: Promise<void> | undefined;
  let index = 0;
  const strike = (): 'keep' | 'hang-up' => {
    if (interruption === 'is cut off') return 'hang-up';
    if (interruption === 'is killed') lab.kill();
    else if (interruption === 'is stopped') lab.suspend();
    else ending = lab.stop();
    return 'keep';
  };
  passage.gate = message => {
    index += 1;
    const here = counter.next({ operation: boundary.operation === 'format' ? 5 : 1, index, message });
    if (!isAt(boundary, here)) return 'pass';
    struck = here;
    return strike();
  };
  if (interruption === 'is stopped') desk.set({ 'message-timeout': `uint32 ${messageTimeout}` });
  try {
    const secrets = boundary.operation === 'format' ? { person } : { person, pin };
    const result = await desk.operate(operationOf(boundary), { ...secrets, tps: passage.url });
    expect(struck, result.stdout).toEqual(boundary);
    return result.report();
  } finally {
    passage.gate = undefined;
    desk.set({});
    if (interruption === 'is stopped') lab.resume();
    await ending;
    if (interruption === 'is killed' || interruption === 'is told to end') await lab.start();
  }
}

function operationOf({ operation }: Boundary): 'enroll' | 'format' {
  return operation === 'format' ? 'format' : 'enroll';
}

/**
 * Does what the program says, each part of which has to be done at once, and then what is left until the card is
 * enrolled. It says both “Try again” and, of an unfinished card, “format it, then enroll it”.
 */
async function doAsAdvised(
  operation: 'enroll' | 'format',
  advice: 'again' | 'format, then enroll',
): Promise<void> {
  if (advice === 'format, then enroll' || operation === 'format')
    await desk.mustOperate('format', { person });
  await desk.mustOperate('enroll', { person, pin });
}

/** The point and the interruption, and then the repair. */
async function interruptAndMend(interruption: Interruption, point: Point): Promise<void> {
  const { boundary, lifeCycle, record, left } = point;
  const card = await prepare(point.card);
  const cuid = toHex(card.cuid);
  const before = await activities(cuid);
  const report = await runInterrupted(interruption, boundary);
  const seen = JSON.stringify(report);

  // What is told of the server is so.
  const { code, message, next } = interruptions[interruption];
  expect(report, seen).toMatchObject({ outcome: 'failed', code });
  expect(report.message).toMatch(message);
  expect(report.next).toMatch(next);
  // As the others see the card.
  expect((await appletSeen(desk))?.lifeCycle, seen).toBe(lifeCycle);
  expect((await tokenRecord(cuid))?.status, seen).toBe(record);
  // The end of a connection may come to the server later than to us.
  const noted = async (): Promise<string[]> =>
    (await activities(cuid))
      .slice(before.length)
      .map(({ operation = '', result = '' }) => `${operation}: ${result}`);
  await expect.poll(noted, { message: seen }).toEqual(point.noted);
  // What is told of it is so.
  const status = { '07': 'UNINITIALIZED', '0F': 'ENROLLED', none: 'NO_APPLET' }[lifeCycle ?? 'none'];
  const unfinished = left === 'unfinished' && lifeCycle !== undefined;
  expect(report, seen).toMatchObject({ consequence: consequences[left], card: { status, unfinished } });
  // Nothing was written before the new PIN.
  expect(report.cardTouched, seen).toBe(!boundary.name.endsWith('-request'));

  const literally = interruption === 'is cut off' && left === 'unfinished';
  await doAsAdvised(operationOf(boundary), literally ? 'format, then enroll' : 'again');
  await expectEnrolled(desk, { card, person, pin });
}

/** One test for each point, in a file of its own. */
export function testInterruption(interruption: Interruption, points: readonly Point[]): void {
  beforeAll(async () => {
    await lab.use();
    desk = await Desk.open();
    passage = await Passage.open();
  });
  afterAll(async () => {
    passage.close();
    await desk.close();
  });
  beforeEach(async () => {
    person = await lab.newPerson();
  });

  describe(`the server ${interruption}`, () => {
    test.each(points.map(each => [each.card, describeBoundary(each.boundary), each] as const))(
      '%s card, %s',
      (_card, _boundary, point) => interruptAndMend(interruption, point),
    );
  });
}
