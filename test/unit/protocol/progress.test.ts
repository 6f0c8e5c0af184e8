import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ProgressMeter,
  type OperationKind,
  type Progress,
  type ProgressStep,
} from '../../../src/protocol/progress.js';
import { transcripts, type Transcript } from '../../support/protocol/transcripts.js';

const kinds: readonly OperationKind[] = ['format', 'enroll', 'reset-pin'];

function metered(kind: OperationKind): { readonly meter: ProgressMeter; readonly seen: Progress[] } {
  const seen: Progress[] = [];
  return { meter: new ProgressMeter(kind, progress => seen.push(progress)), seen };
}

function expectSteady(seen: readonly Progress[]): void {
  let before = 0;
  for (const { fraction } of seen) {
    expect(fraction).toBeGreaterThanOrEqual(before);
    expect(fraction).toBeLessThanOrEqual(1);
    before = fraction;
  }
}

function kindOf({ client }: Transcript): OperationKind {
  const [begin] = client.messages;
  const operation = begin?.type === 'begin-op' ? begin.operation : 0;
  return operation === 5 ? 'format' : operation === 3 ? 'reset-pin' : 'enroll';
}

function play(transcript: Transcript): Progress[] {
  const { meter, seen } = metered(kindOf(transcript));
  for (const message of transcript.server.messages) {
    if (message.type === 'pdu-request') meter.command(message.pdu);
    if (message.type === 'status-request') meter.status(message.state, message.task);
  }
  return seen;
}

function stepsOf(seen: readonly Progress[]): ProgressStep[] {
  return seen.map(({ step }) => step).filter((step, i, all) => step !== all[i - 1]);
}

describe.each(transcripts())('$name', transcript => {
  test('the bar is steady and does not end before END_OP', () => {
    const seen = play(transcript);
    expectSteady(seen);
    expect(seen.at(-1)?.fraction).toBeLessThan(1);
    const finished = transcript.server.messages.at(-1);
    if (finished?.type === 'end-op' && finished.result === 0)
      expect(seen.at(-1)?.fraction).toBeGreaterThan(kindOf(transcript) === 'reset-pin' ? 0.3 : 0.6);
  });

  test('no message moves it by more than two fifths, but the last of the few of a PIN reset', () => {
    const fractions = play(transcript).map(({ fraction }) => fraction);
    if (kindOf(transcript) === 'reset-pin') fractions.pop();
    fractions.forEach((fraction, i) => expect(fraction - (fractions[i - 1] ?? 0)).toBeLessThan(0.4));
  });
});

function named(name: string): Transcript {
  const found = transcripts().find(transcript => transcript.name === name);
  if (found === undefined) throw new Error(`there is no transcript ${name}`);
  return found;
}

test('an enrolment names its steps', () => {
  expect(stepsOf(play(named('real-applet/enroll-1024')))).toEqual([
    'reading-card',
    'setting-pin',
    'generating-keys',
    'writing-certificates',
    'generating-keys',
    'writing-certificates',
    'finishing',
  ]);
});

test('a format names its steps, also where the server sends no status', () => {
  for (const name of ['real-applet/format-new', 'format'])
    expect(stepsOf(play(named(name)))).toEqual(['reading-card', 'loading-applet', 'finishing']);
});

test('an applet that is loaded on the way takes no more than half of the bar', () => {
  const seen = play(named('real-applet/enroll-upgrade'));
  const loading = seen.filter(({ step }) => step === 'loading-applet').map(({ fraction }) => fraction);
  expect(Math.max(...loading)).toBeGreaterThan(0.3);
  expect(Math.max(...loading)).toBeLessThanOrEqual(0.5);
});

test('an unknown card is formatted within its enrolment: 100 comes twice, and is the end neither time', () => {
  const { meter, seen } = metered('enroll');
  for (let state = 10; state <= 97; state += 1) meter.status(state, 'PROGRESS_APPLET_BLOCK');
  meter.status(100, 'PROGRESS_DONE');
  expect(meter.current.fraction).toBeCloseTo(0.5);
  for (const state of [10, 15, 52, 89, 92, 98, 99, 100]) meter.status(state, 'PROGRESS_KEY_GENERATION');
  expect(meter.current.fraction).toBeCloseTo(0.98);
  expectSteady(seen);
  meter.finish();
  expect(meter.current.fraction).toBe(1);
});

test.each(['PROGRESS_SOMETHING_NEW', 'constructor', '__proto__', ''])(
  'the name %j says that work goes on',
  name => {
    const { meter } = metered('enroll');
    meter.status(30, name);
    expect(meter.current).toEqual({ fraction: expect.closeTo(0.3, 1) as number, step: 'working' });
  },
);

test('a conversation that begins anew leaves the bar where it was', () => {
  const { meter, seen } = metered('format');
  meter.status(60, 'PROGRESS_APPLET_BLOCK');
  const { fraction } = meter.current;
  meter.restart();
  expect(meter.current).toEqual({ fraction, step: 'connecting' });
  meter.status(10, 'PROGRESS_APPLET_BLOCK');
  expect(meter.current.fraction).toBeGreaterThan(fraction);
  expectSteady(seen);
});

test('whatever comes, the bar never runs backwards nor over its end', () => {
  const task = fc.constantFrom(
    'PROGRESS_APPLET_BLOCK',
    'PROGRESS_DONE',
    'PROGRESS_KEY_GENERATION',
    'OTHER',
    '',
  );
  const event = fc.oneof(
    fc.tuple(fc.constant('status' as const), fc.integer({ min: 0, max: 1_000_000 }), task),
    fc.tuple(fc.constant('command' as const), fc.uint8Array({ maxLength: 8 })),
    fc.tuple(fc.constant('restart' as const)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.array(event, { maxLength: 300 }), (kind, events) => {
      const { meter, seen } = metered(kind);
      for (const [what, value, name] of events) {
        if (what === 'status') meter.status(value, name);
        else if (what === 'command') meter.command(value);
        else meter.restart();
      }
      expectSteady(seen);
      expect(meter.current.fraction).toBeLessThan(1);
    }),
  );
});
