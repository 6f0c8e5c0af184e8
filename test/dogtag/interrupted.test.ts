/** The server is cut off, killed or stopped in the middle: what is told is true, and what is advised mends it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import type { OperationKind } from '../../src/tokens/operation.js';
import type { Report } from '../support/escctl/escctl.js';
import { Desk } from '../support/dogtag/desk.js';
import type { Person } from '../support/dogtag/directory.js';
import { lab } from '../support/dogtag/lab.js';
import { appletSeen, pkcs11Tokens } from '../support/dogtag/others.js';
import { Passage } from '../support/dogtag/passage.js';
import { tokenRecord } from '../support/dogtag/records.js';
import {
  BoundaryCounter,
  describeBoundary,
  isAt,
  lastMessage,
  type Boundary,
} from '../support/faults/boundaries.js';

const pin = 'Broken-71';
/** Seconds for which the program waits for a message: a server that is well takes one or two. */
const messageTimeout = 10;

/** A place where the conversation ends, and what is the case then. */
interface Point {
  /** How far the card has come before. */
  readonly card: 'blank' | 'formatted' | 'enrolled';
  readonly boundary: Boundary;
  /** As the applet tells it; undefined where there is none. */
  readonly lifeCycle: string | undefined;
  /** As the TPS has it. */
  readonly record: string | undefined;
}

function point(
  card: Point['card'],
  operation: OperationKind,
  name: string,
  lifeCycle: string | undefined,
  record: string | undefined,
  occurrence = 1,
): Point {
  return { card, boundary: { operation, name, occurrence }, lifeCycle, record };
}

/** Those of the fact sheet of the real applet. */
const knownPoints: readonly Point[] = [
  point('formatted', 'format', 'LOAD', undefined, 'FORMATTED', 2),
  point('formatted', 'enroll', 'SET PIN', '07', 'FORMATTED'),
  point('formatted', 'enroll', 'READ OBJECT', '07', 'FORMATTED'),
  point('formatted', 'enroll', 'IMPORT KEY ENC', '07', 'FORMATTED'),
  // The first one is for the key; then z0 is created, and half written.
  point('formatted', 'enroll', 'CREATE OBJECT', '07', 'FORMATTED', 2),
  point('formatted', 'enroll', 'WRITE OBJECT', '07', 'FORMATTED', 8),
  point('formatted', 'enroll', 'SET LIFECYCLE', '07', 'FORMATTED'),
  point('formatted', 'enroll', 'CLEAR KEY SLOTS', '0F', 'ACTIVE'),
  point('enrolled', 'enroll', 'WRITE OBJECT', '0F', 'ACTIVE', 8),
];

const furtherPoints: readonly Point[] = [
  point('blank', 'format', 'extended-login-request', undefined, undefined),
  point('blank', 'format', 'LOAD', undefined, 'UNFORMATTED', 2),
  point('enrolled', 'format', 'LOAD', undefined, 'ACTIVE', 2),
  point('formatted', 'format', 'SET ISSUER INFO', '07', 'FORMATTED'),
  point('formatted', 'format', lastMessage, '07', 'FORMATTED'),
  point('formatted', 'enroll', 'extended-login-request', '07', 'FORMATTED'),
  point('formatted', 'enroll', 'new-pin-request', '07', 'FORMATTED'),
  point('formatted', 'enroll', lastMessage, '0F', 'ACTIVE'),
];

const interruptions = {
  'is cut off': 'server-closed',
  'is killed': 'server-closed',
  'is stopped': 'server-silent',
} as const;
type Interruption = keyof typeof interruptions;

let desk: Desk;
let passage: Passage;
let person: Person;

beforeAll(async () => {
  await lab.use();
  desk = await Desk.open();
  desk.set({ 'message-timeout': `uint32 ${messageTimeout}` });
  passage = await Passage.open();
});
afterAll(async () => {
  passage.close();
  await desk.close();
});
beforeEach(async () => {
  person = await lab.newPerson();
});

/** Brings a new card as far as the point needs it. @returns its CUID */
async function prepare(card: Point['card']): Promise<string> {
  const { cuid } = await desk.insertNew();
  if (card !== 'blank') await desk.mustOperate('format', { person });
  if (card === 'enrolled') await desk.mustOperate('enroll', { person, pin });
  return toHex(cuid);
}

function strike(interruption: Interruption): 'keep' | 'hang-up' {
  if (interruption === 'is cut off') return 'hang-up';
  if (interruption === 'is killed') lab.kill();
  else lab.suspend();
  return 'keep';
}

/** Runs the operation, with the interruption at the boundary. */
async function runInterrupted(interruption: Interruption, boundary: Boundary): Promise<Report> {
  const counter = new BoundaryCounter();
  let struck = false;
  let index = 0;
  passage.gate = message => {
    index += 1;
    const step = { operation: boundary.operation === 'format' ? 5 : 1, index, message };
    if (!isAt(boundary, counter.next(step))) return 'pass';
    struck = true;
    return strike(interruption);
  };
  try {
    const secrets = boundary.operation === 'format' ? { person } : { person, pin };
    const result = await desk.operate(operationOf(boundary), { ...secrets, tps: passage.url });
    expect(struck, result.stdout).toBe(true);
    return result.report();
  } finally {
    passage.gate = undefined;
    if (interruption === 'is stopped') lab.resume();
    if (interruption === 'is killed') await lab.start();
  }
}

function operationOf({ operation }: Boundary): 'enroll' | 'format' {
  return operation === 'format' ? 'format' : 'enroll';
}

/** Does what the program says until the card is enrolled. */
async function doAsAdvised(first: Report, operation: OperationKind): Promise<void> {
  const saysFormat = ({ next }: Report): boolean => /^Format the card/.test(next);
  // To try again is to do the same again.
  let format = operation === 'format' || saysFormat(first);
  for (let report = first, tries = 0; report.outcome !== 'done'; tries += 1) {
    expect(tries, JSON.stringify(report)).toBeLessThan(3);
    if (format) await desk.mustOperate('format', { person });
    report = (await desk.operate('enroll', { person, pin })).report();
    format = saysFormat(report);
  }
}

describe.each(Object.keys(interruptions) as Interruption[])('the server %s', interruption => {
  const points = interruption === 'is cut off' ? [...knownPoints, ...furtherPoints] : knownPoints;
  test.each(points.map(each => [each.card, describeBoundary(each.boundary), each] as const))(
    '%s card, %s',
    async (_card, _boundary, { card, boundary, lifeCycle, record }) => {
      const cuid = await prepare(card);
      const report = await runInterrupted(interruption, boundary);
      const seen = JSON.stringify(report);
      expect(report, seen).toMatchObject({ outcome: 'failed', code: interruptions[interruption] });
      // As the others see it.
      expect((await appletSeen(desk))?.lifeCycle, seen).toBe(lifeCycle);
      expect((await tokenRecord(cuid))?.status, seen).toBe(record);
      // What is told of the card is so.
      const status =
        lifeCycle === undefined ? 'NO_APPLET' : lifeCycle === '0F' ? 'ENROLLED' : 'UNINITIALIZED';
      expect(report.card, seen).toMatchObject({ status });
      // Nothing was written before the new PIN.
      expect(report.cardTouched, seen).toBe(!boundary.name.endsWith('-request'));

      await doAsAdvised(report, boundary.operation);
      expect(await appletSeen(desk)).toMatchObject({ lifeCycle: '0F' });
      expect(await tokenRecord(cuid)).toMatchObject({ status: 'ACTIVE', user: person.user });
      for (const token of pkcs11Tokens(desk, person))
        expect(await token.signAndVerify(pin)).toContain('Verified OK');
    },
  );
});
