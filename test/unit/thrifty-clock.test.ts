import { expect, test } from 'vitest';
import { ThriftyClock } from '../../src/base/clock.js';
import { FakeClock } from '../support/protocol/fake-clock.js';

function setUp(): {
  time: FakeClock;
  clock: ThriftyClock;
  rung: string[];
  ring: (name: string) => () => void;
} {
  const time = new FakeClock();
  const rung: string[] = [];
  const ring = (name: string) => () => void rung.push(`${name} at ${time.now()}`);
  return { time, clock: new ThriftyClock(time), rung, ring };
}

test('each alarm rings once, at its time, whatever the order in which they were set', async () => {
  const { time, clock, rung, ring } = setUp();
  clock.after(300, ring('third'));
  clock.after(100, ring('first'));
  clock.after(200, ring('second'));
  await time.advance(1000);
  expect(rung).toEqual(['first at 100', 'second at 200', 'third at 300']);
  expect(time.pending).toBe(0);
});

test('an alarm that was taken back does not ring, and those behind it do', async () => {
  const { time, clock, rung, ring } = setUp();
  const takeBack = clock.after(100, ring('taken back'));
  await time.advance(50);
  takeBack();
  clock.after(100, ring('next'));
  await time.advance(1000);
  expect(rung).toEqual(['next at 150']);
});

test('an alarm may set and take back others', async () => {
  const { time, clock, rung, ring } = setUp();
  const takeBack = clock.after(101, ring('taken back'));
  clock.after(100, () => {
    ring('first')();
    takeBack();
    clock.after(20, ring('second'));
  });
  await time.advance(1000);
  expect(rung).toEqual(['first at 100', 'second at 120']);
});

test('many time-outs, one after the other, take one timer', async () => {
  const { time, clock, rung, ring } = setUp();
  for (let message = 0; message < 60; message += 1) {
    const takeBack = clock.after(90_000, ring('late'));
    expect(time.pending).toBe(1);
    await time.advance(1000);
    takeBack();
  }
  clock.after(90_000, ring('late'));
  await time.advance(100_000);
  expect(rung).toEqual(['late at 150000']);
});

test('nothing rings, and no timer is left, once it is closed', async () => {
  const { time, clock, rung, ring } = setUp();
  clock.after(100, ring('closed'));
  clock.close();
  expect(time.pending).toBe(0);
  await time.advance(1000);
  expect(rung).toEqual([]);
});
