import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.js';
import type { CardChannel } from '../../../src/card/channel.js';
import type { TpsMessage } from '../../../src/protocol/message.js';
import type { Outcome } from '../../../src/protocol/operations.js';
import { settle } from '../../support/protocol/fake-clock.js';
import {
  failureOf,
  jsmith,
  ScriptedPrompter,
  ScriptedTps,
  startOperation,
  type RunningOperation,
  type Script,
} from '../../support/protocol/scripted-tps.js';
import { transcripts } from '../../support/protocol/transcripts.js';

const recorded = transcripts().find(({ name }) => name === 'real-applet/enroll-1024');
if (recorded === undefined) throw new Error('the enrolment of the real applet is missing');
const requests = recorded.server.messages;
const cardAnswers = recorded.replies.filter(reply => reply.type === 'pdu-response').map(({ pdu }) => pdu);

/** The recorded server, up to a boundary: from then on `instead` happens. */
function until(boundary: number, instead: Script): Script {
  return (message, index, connection) => {
    const next = requests[index];
    return index >= boundary || next === undefined ? instead(message, index, connection) : [next];
  };
}

function recordedCard(): CardChannel {
  const answers = [...cardAnswers];
  return { transmit: () => Promise.resolve(answers.shift() ?? Uint8Array.of(0x6f, 0x00)) };
}

/** Whether the first messages of the server include a command that may change the card. */
function touchedBefore(boundary: number): boolean {
  const harmless = ['00A4', '80CA', '8050', '8482', '8456', 'B0F2', 'B03C', 'B070', 'B058'];
  return requests.slice(0, boundary).some(request => {
    if (request.type !== 'pdu-request') return false;
    const head = Buffer.from(request.pdu.subarray(0, 2)).toString('hex').toUpperCase();
    return !harmless.includes(head);
  });
}

async function expectOneEnd(running: RunningOperation, tps: ScriptedTps, boundary: number): Promise<Outcome> {
  const outcome = await running.outcome;
  expect(outcome.cardTouched).toBe(touchedBefore(boundary));
  expect(tps.streams.every(stream => stream.closed)).toBe(true);
  expect(running.clock.pending).toBe(0);
  await running.clock.advance(1_000_000);
  expect(running.outcomes).toBe(1);
  const fractions = running.progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  return outcome;
}

function start(tps: ScriptedTps, card: CardChannel = recordedCard()): RunningOperation {
  return startOperation({ connector: tps, card, prompter: new ScriptedPrompter([jsmith], ['netscape']) });
}

const boundaries = requests.map((_, i) => i);

describe('a fault before each message of an enrolment ends in one outcome', () => {
  test('the server hangs up', async () => {
    for (const boundary of boundaries) {
      const tps = new ScriptedTps(until(boundary, () => 'hang-up'));
      const outcome = await expectOneEnd(start(tps), tps, boundary);
      expect(failureOf(outcome).code).toBe('server-closed');
      expect(tps.streams).toHaveLength(1);
    }
  });

  test('the server falls silent', async () => {
    for (const boundary of boundaries) {
      const tps = new ScriptedTps(until(boundary, () => 'silence'));
      const running = start(tps);
      await running.clock.advance(90_000);
      expect(failureOf(await expectOneEnd(running, tps, boundary)).code).toBe('server-silent');
    }
  });

  test('the server sends nonsense', async () => {
    for (const boundary of boundaries) {
      const nonsense = new TextEncoder().encode('9\r\ns=0&s=99&\r\n');
      const tps = new ScriptedTps(until(boundary, () => [nonsense]));
      const { code } = failureOf(await expectOneEnd(start(tps), tps, boundary));
      expect(code).toBe(boundary === 0 ? 'not-a-tps' : 'protocol-violation');
    }
  });

  test('the person cancels', async () => {
    for (const boundary of boundaries) {
      const tps = new ScriptedTps(until(boundary, () => 'silence'));
      const running = start(tps);
      await settle();
      running.cancellation.cancel();
      expect(failureOf(await expectOneEnd(running, tps, boundary)).code).toBe('cancelled');
    }
  });

  test('the person cancels while the server’s message is on its way', async () => {
    for (const boundary of boundaries) {
      let running: RunningOperation | undefined = undefined as RunningOperation | undefined;
      const script = until(boundary, () => {
        running?.cancellation.cancel();
        const next = requests[boundary];
        return next === undefined ? 'silence' : [next];
      });
      const tps = new ScriptedTps(script);
      running = start(tps);
      expect(failureOf(await expectOneEnd(running, tps, boundary)).code).toBe('cancelled');
    }
  });
});

describe('a card that fails at each command of an enrolment ends in one outcome', () => {
  const commandsAt = requests.flatMap((request, i) => (request.type === 'pdu-request' ? [i] : []));

  /** @param fail what the card does at the command of that number instead of answering. */
  function failingCard(at: number, fail: () => Promise<Uint8Array>): CardChannel {
    let count = 0;
    const answers = [...cardAnswers];
    return {
      transmit: () => {
        const answer = answers.shift() ?? Uint8Array.of(0x6f, 0x00);
        count += 1;
        return count - 1 === at ? fail() : Promise.resolve(answer);
      },
    };
  }

  test.each([
    'card-removed',
    'card-reset',
    'reader-lost',
    'pcscd-stopped',
    'shim-lost',
    'pcsc-error',
  ] as const)('%s', async code => {
    for (const [at, message] of commandsAt.entries()) {
      const tps = new ScriptedTps(until(requests.length, () => 'silence'));
      const card = failingCard(at, () => Promise.reject(new Failure(code, 'it is gone')));
      const outcome = await expectOneEnd(start(tps, card), tps, message + 1);
      expect(failureOf(outcome).code).toBe(code);
    }
  });

  test('it falls silent', async () => {
    for (const [at, message] of commandsAt.entries()) {
      const tps = new ScriptedTps(until(requests.length, () => 'silence'));
      const running = start(
        tps,
        failingCard(at, () => new Promise(() => undefined)),
      );
      await running.clock.advance(120_000);
      const outcome = await expectOneEnd(running, tps, message + 1);
      expect(failureOf(outcome).code).toBe('card-silent');
    }
  });

  test('it answers without a status word', async () => {
    for (const [at, message] of commandsAt.entries()) {
      const tps = new ScriptedTps(until(requests.length, () => 'silence'));
      const card = failingCard(at, () => Promise.resolve(new Uint8Array(1)));
      const outcome = await expectOneEnd(start(tps, card), tps, message + 1);
      expect(failureOf(outcome).code).toBe('malformed-data');
    }
  });

  test('the card’s own refusal is the server’s to judge', async () => {
    const refusal: TpsMessage = { type: 'end-op', operation: 1, result: 1, message: 12 };
    const tps = new ScriptedTps(until(10, () => [refusal]));
    const card = failingCard(3, () => Promise.resolve(Uint8Array.of(0x6a, 0x82)));
    expect(failureOf(await start(tps, card).outcome)).toMatchObject({
      code: 'server-refused',
      facts: { serverCode: 12 },
    });
  });
});
