/** What pcscd does too rarely to be waited for: a card that it powers down in the moment in which it is connected. */
import { expect, test } from 'vitest';
import { Failure, type FailureCode } from '../../src/base/failure.js';
import type { CardConnection } from '../../src/pcsc/types.js';
import { CardSession } from '../../src/tokens/card-session.js';

const command = Uint8Array.of(0x00, 0xa4, 0x04, 0x00);

/** Answers commands, the n-th of them (from 1) with a failure. */
class FailingConnection implements CardConnection {
  public readonly reader = 'A Reader';
  public readonly atr = new Uint8Array(0);
  public readonly protocol = 'T=1';
  public readonly calls: string[] = [];
  private commands = 0;

  public constructor(private readonly failures: Readonly<Record<number, FailureCode>>) {}

  public transmit(): Promise<Uint8Array> {
    this.calls.push('transmit');
    this.commands += 1;
    const code = this.failures[this.commands];
    if (code !== undefined) return Promise.reject(new Failure(code, 'on purpose'));
    return Promise.resolve(Uint8Array.of(0x90, 0x00));
  }

  public async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.calls.push('begin');
    try {
      return await work();
    } finally {
      this.calls.push('end');
    }
  }

  public reconnect(): Promise<void> {
    this.calls.push('reconnect');
    return Promise.resolve();
  }

  public giveUp(): void {
    this.calls.push('give up');
  }

  public disconnect(): Promise<void> {
    return Promise.resolve();
  }
}

test('a card that was reset before the first command is taken up again', async () => {
  const connection = new FailingConnection({ 1: 'card-reset' });
  const session = new CardSession(connection);
  expect(await session.transmit(command)).toEqual(Uint8Array.of(0x90, 0x00));
  await session.end();
  expect(connection.calls).toEqual(['begin', 'transmit', 'end', 'reconnect', 'begin', 'transmit', 'end']);
});

test('once only', async () => {
  const connection = new FailingConnection({ 1: 'card-reset', 2: 'card-reset' });
  const session = new CardSession(connection);
  await expect(session.transmit(command)).rejects.toMatchObject({ code: 'card-reset' });
  await session.end();
  expect(connection.calls.filter(call => call === 'begin')).toHaveLength(2);
  expect(connection.calls.at(-1)).toBe('end');
});

test('a reset in the middle is a failure: what the server has built up is gone', async () => {
  const connection = new FailingConnection({ 2: 'card-reset' });
  const session = new CardSession(connection);
  await session.transmit(command);
  await expect(session.transmit(command)).rejects.toMatchObject({ code: 'card-reset' });
  await session.end();
  expect(connection.calls).toEqual(['begin', 'transmit', 'transmit', 'end']);
});

test('another failure of the first command is passed on', async () => {
  const connection = new FailingConnection({ 1: 'card-removed' });
  const session = new CardSession(connection);
  await expect(session.transmit(command)).rejects.toMatchObject({ code: 'card-removed' });
  await session.end();
  expect(connection.calls).toEqual(['begin', 'transmit', 'end']);
});
