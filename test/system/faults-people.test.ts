/** People and other programs in the middle of an operation, and operations that are interrupted on an enrolled card. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { VirtualCard } from '../../demo/card/virtual-card.js';
import { fromHex, toHex } from '../../src/base/bytes.js';
import {
  BoundaryCounter,
  describeBoundary,
  isAt,
  lastMessage,
  type Boundary,
} from '../support/faults/boundaries.js';
import { blankCard, checkSentences, enrollAsAdvised, idle } from '../support/faults/enrolment.js';
import type { EndReport } from '../support/faults/orders.js';
import { answers, login } from '../support/faults/people.js';
import type { Station } from '../support/faults/station.js';
import { Workplace } from '../support/faults/workplace.js';

let workplace: Workplace;
const servers: Server[] = [];

beforeAll(async () => {
  workplace = await Workplace.open(3);
});

afterAll(async () => {
  for (const server of servers) server.close();
  await workplace.close();
  expect(workplace.errors).toBe('');
});

/** Puts a card in, works with it, takes it out. */
function withCard(work: (station: Station, card: VirtualCard) => Promise<void>): () => Promise<void> {
  return () =>
    workplace.use(async station => {
      const card = blankCard();
      const before = station.model.state.appeared;
      await station.insert(card);
      await station.settled(0, before);
      await work(station, card);
      station.fault = undefined;
      await station.remove();
    });
}

function expectEnd({ failure, cardTouched }: EndReport, code: string, touched: boolean): void {
  expect({ code: failure?.code, touched: cardTouched }, JSON.stringify(failure)).toEqual({ code, touched });
  checkSentences(failure);
}

/** Takes connections and says nothing. */
async function silentServer(): Promise<{ readonly port: number; readonly connected: Promise<unknown> }> {
  const server = createServer(socket => socket.resume().on('error', () => undefined));
  servers.push(server);
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, connected: once(server, 'connection') };
}

describe.concurrent('the user cancels', () => {
  test(
    'the dialog for the new password',
    withCard(async station => {
      const running = station.model.start(station.reader(), 'enroll', station.tps.url, { login });
      await running.asked('pin');
      station.model.cancel(running.id);
      expectEnd(await running.ended, 'cancelled', false);
      expect(await idle(station)).toMatchObject({ status: 'NO_APPLET' });
      await enrollAsAdvised(station, (await running.ended).failure);
    }),
  );

  test(
    'the dialog for the login',
    withCard(async station => {
      const running = station.model.start(station.reader(), 'enroll', station.tps.url, { pin: 'Secret.12' });
      await running.asked('login');
      station.model.cancel(running.id);
      expectEnd(await running.ended, 'cancelled', false);
      await enrollAsAdvised(station, (await running.ended).failure);
    }),
  );

  test.for(['http', 'https'])('while the server says nothing to the first word: %s', scheme =>
    withCard(async station => {
      const { port, connected } = await silentServer();
      const url = `${scheme}://127.0.0.1:${port}/tps/tps`;
      const running = station.model.start(station.reader(), 'format', url, answers);
      await connected;
      station.model.cancel(running.id);
      expectEnd(await running.ended, 'cancelled', false);
      await idle(station);
    })(),
  );

  test(
    'twice, and after the end',
    withCard(async station => {
      const running = station.model.start(station.reader(), 'format', station.tps.url, {});
      await running.asked('login');
      station.model.cancel(running.id);
      station.model.cancel(running.id);
      expectEnd(await running.ended, 'cancelled', false);
      station.model.cancel(running.id);
      await station.model.echo();
      await idle(station);
    }),
  );
});

describe.concurrent('the user cancels, and the card never answers', () => {
  /** Milliseconds: see giveUpAfterCancel, and some for a machine that has other things to do. */
  const within = 30_000 + 20_000;

  test.for<Boundary>([
    { operation: 'format', name: 'LOAD', occurrence: 2 },
    { operation: 'enroll', name: 'START ENROLL', occurrence: 1 },
  ])('$operation: $name', boundary =>
    withCard(async (station, card) => {
      const { model, tps } = station;
      const running = model.start(station.reader(), 'enroll', tps.url, answers);
      const counter = new BoundaryCounter();
      const commands = vi.spyOn(card, 'process');
      station.fault = step => {
        if (!isAt(boundary, counter.next(step))) return undefined;
        card.setFaults([{ fault: { kind: 'mute' } }]);
        commands.mockClear();
        station.fault = undefined;
        return undefined;
      };
      // The card has the command.
      await expect.poll(() => station.fault === undefined && commands.mock.calls.length > 0).toBe(true);
      const cancelled = performance.now();
      model.cancel(running.id);
      await model.when('the step', () => model.token(station.reader())?.step === 'cancelling' || undefined);
      expect(performance.now() - cancelled).toBeLessThan(5_000);
      expectEnd(await running.ended, 'card-silent', true);
      expect(performance.now() - cancelled).toBeLessThan(within);
      // Nothing but the hand can free it.
      const before = model.state.appeared;
      await station.remove();
      card.setFaults([]);
      await station.insert(card);
      await station.settled(0, before);
      await enrollAsAdvised(station, (await running.ended).failure);
    })(),
  );

  test(
    'while it is read after the operation',
    withCard(async (station, card) => {
      const { model, tps } = station;
      const running = model.start(station.reader(), 'format', tps.url, answers);
      const counter = new BoundaryCounter();
      station.fault = step => {
        if (isAt({ operation: 'format', name: lastMessage, occurrence: 1 }, counter.next(step)))
          card.setFaults([{ fault: { kind: 'mute' } }]);
        return undefined;
      };
      await model.when('the step', () => model.token(station.reader())?.step === 'checking' || undefined);
      model.cancel(running.id);
      expectEnd(await running.ended, 'card-silent', true);
      const before = model.state.appeared;
      await station.remove();
      card.setFaults([]);
      await station.insert(card);
      expect(await station.settled(0, before)).toMatchObject({ status: 'UNINITIALIZED' });
    }),
  );
});

describe.concurrent('nobody answers a dialog', () => {
  describe.each(['pin', 'login'] as const)('for the %s', question => {
    const unanswered = question === 'pin' ? { login } : { pin: 'Secret.12' };

    test(
      'when the card is taken out; the next card is left alone',
      withCard(async (station, card) => {
        const { model } = station;
        const running = model.start(station.reader(), 'enroll', station.tps.url, unanswered);
        await running.asked(question);
        const before = model.state.appeared;
        await station.remove();
        const other = blankCard();
        await station.insert(other);
        expectEnd(await running.ended, 'card-removed', false);
        model.answer(running.id, answers);
        const token = await station.settled(0, before);
        expect(token).toMatchObject({ cuid: toHex(other.cuid), status: 'NO_APPLET' });
        await idle(station);
        expect(station.tps.tokens.find(token.cuid)).toBeUndefined();
        await station.remove();
        await station.insert(card);
        await enrollAsAdvised(station, (await running.ended).failure, token.number);
      }),
    );

    test(
      'when pcscd is killed',
      withCard(async (station, card) => {
        const running = station.model.start(station.reader(), 'enroll', station.tps.url, unanswered);
        await running.asked(question);
        station.killPcscd();
        expectEnd(await running.ended, 'pcscd-stopped', false);
        await station.startPcscdAgain();
        await station.insertAgain(card);
        await enrollAsAdvised(station, (await running.ended).failure);
      }),
    );

    test(
      'when the shim is killed',
      withCard(async station => {
        const running = station.model.start(station.reader(), 'enroll', station.tps.url, unanswered);
        await running.asked(question);
        const before = station.model.state.appeared;
        for (const pid of station.model.shims) process.kill(pid, 'SIGKILL');
        expectEnd(await running.ended, 'shim-lost', false);
        await station.settled(0, before);
        await enrollAsAdvised(station, (await running.ended).failure, before);
      }),
    );
  });

  test(
    'when another program resets the card; then it is answered',
    withCard(async station => {
      const { model } = station;
      const running = model.start(station.reader(), 'enroll', station.tps.url, { pin: 'Secret.12' });
      await running.asked('login');
      await station.resetCard();
      model.answer(running.id, { login });
      expect((await running.ended).failure).toBeNull();
      expect(await idle(station)).toMatchObject({ status: 'ENROLLED', unfinished: false, certificates: 2 });
    }),
  );
});

test.concurrent(
  'an operation on a card on which one runs is refused, and leaves it alone',
  withCard(async station => {
    const { model } = station;
    const first = model.start(station.reader(), 'enroll', station.tps.url, { pin: 'Secret.12' });
    await first.asked('login');
    const second = model.start(station.reader(), 'format', station.tps.url, answers);
    expectEnd(await second.ended, 'card-busy', false);
    expect(model.token(station.reader())).toMatchObject({ status: 'BUSY', operation: 'enroll' });
    model.answer(first.id, { login });
    expect((await first.ended).failure).toBeNull();
    expect(await idle(station)).toMatchObject({ status: 'ENROLLED', unfinished: false });
  }),
);

describe.concurrent('the server reports success too early', () => {
  test.for<Boundary>([
    { operation: 'format', name: 'LOAD', occurrence: 2 },
    { operation: 'enroll', name: 'SET PIN', occurrence: 1 },
    { operation: 'enroll', name: 'CREATE OBJECT', occurrence: 2 },
    { operation: 'enroll', name: 'SET LIFECYCLE', occurrence: 1 },
  ])('$operation: $name', boundary =>
    withCard(async station => {
      const counter = new BoundaryCounter();
      let done = false;
      station.fault = step => {
        if (!isAt(boundary, counter.next(step)) || done) return undefined;
        done = true;
        return { kind: 'end', code: 0 };
      };
      // Format alone, where format is what is cut short: as the first half of an enrolment it would be mended.
      const { model, tps } = station;
      const { operation } = boundary;
      if (operation === 'enroll') {
        const format = await model.start(station.reader(), 'format', tps.url, answers).ended;
        expect(format.failure).toBeNull();
      }
      const end = await model.start(station.reader(), operation, tps.url, answers).ended;
      expectEnd(end, 'card-unfinished', true);
      await enrollAsAdvised(station, end.failure);
    })(),
  );
});

describe.concurrent('an interrupted password reset leaves an enrolled card', () => {
  const newPin = 'Another.9';

  /** SELECT, then VERIFY PIN 0, in the hand: the card is in no reader. */
  async function takesPin(card: VirtualCard, pin: string): Promise<boolean> {
    await card.process(fromHex('00A4040007627601FF000000'));
    const bytes = new TextEncoder().encode(pin);
    const length = bytes.length.toString(16).padStart(2, '0');
    const answer = toHex(await card.process(fromHex(`B0420000${length}${toHex(bytes)}`)));
    card.losePower();
    return answer.endsWith('9000');
  }

  async function enrolled(station: Station): Promise<void> {
    const end = await station.model.start(station.reader(), 'enroll', station.tps.url, answers).ended;
    expect(end.failure).toBeNull();
  }

  test(
    'whatever message the server hangs up before',
    withCard(async (station, card) => {
      const { model, tps } = station;
      await enrolled(station);
      const boundaries: Boundary[] = [];
      const recorder = new BoundaryCounter();
      station.fault = step => {
        boundaries.push(recorder.next(step));
        return undefined;
      };
      const reset = (pin: string): Promise<EndReport> =>
        model.start(station.reader(), 'reset-pin', tps.url, { login, pin }).ended;
      expect((await reset(answers.pin ?? '')).failure).toBeNull();
      expect(boundaries.length).toBeGreaterThan(20);

      for (const boundary of boundaries) {
        const counter = new BoundaryCounter();
        station.fault = step => (isAt(boundary, counter.next(step)) ? { kind: 'hang-up' } : undefined);
        const end = await reset(newPin);
        expect(end.failure?.code, describeBoundary(boundary)).toBe('server-closed');
        expect(await idle(station), describeBoundary(boundary)).toMatchObject({
          status: 'ENROLLED',
          unfinished: false,
          certificates: 2,
          keys: 2,
        });
      }
      station.fault = undefined;
      expect((await reset(newPin)).failure).toBeNull();
      await station.remove();
      expect(await takesPin(card, newPin)).toBe(true);
    }),
  );

  test.for(['SET PIN', 'end-op'])('when the card is pulled at %s', name =>
    withCard(async (station, card) => {
      const { model, tps } = station;
      await enrolled(station);
      const counter = new BoundaryCounter();
      station.fault = step => {
        if (isAt({ operation: 'reset-pin', name, occurrence: 1 }, counter.next(step))) station.pull();
        return undefined;
      };
      const end = await model.start(station.reader(), 'reset-pin', tps.url, { login, pin: newPin }).ended;
      station.fault = undefined;
      expectEnd(end, 'card-removed', true);
      await station.insertAgain(card);
      expect(await idle(station)).toMatchObject({ status: 'ENROLLED', unfinished: false, certificates: 2 });
      const again = await model.start(station.reader(), 'reset-pin', tps.url, { login, pin: newPin }).ended;
      expect(again.failure).toBeNull();
      await station.remove();
      expect(await takesPin(card, newPin)).toBe(true);
    })(),
  );
});
