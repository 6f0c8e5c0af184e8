/** What a client without any rules of its own is answered: by the real TPS, and by the demo's. */
import { beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { losses, type Loss } from '../../demo/tps/tokens.js';
import { startTps } from '../../demo/tps/tps.js';
import { commandsIn, converse, escExtensions, type TestOperation } from '../support/demo-tps/client.js';
import {
  before,
  enroll,
  format,
  refusedSteps,
  resetPin,
  stateOf,
} from '../support/demo-tps/refused-steps.js';
import { setTokenStatus } from '../support/dogtag/agent.js';
import { lab, urls } from '../support/dogtag/lab.js';

/** A server with one user. */
interface Tps {
  readonly url: string;
  readonly userId: string;
  readonly password: string;
  report(cuid: string, loss: Loss): Promise<void> | void;
}

/** How an operation ended: result and message of END_OP, or that there was none. */
type Answer = string;
type Scenario = (tps: Tps) => Promise<readonly Answer[]>;

/** Nobody else has a card of this number at either server. */
const newCard = (): VirtualCard => new VirtualCard({ number: lab.newCardNumber() });

async function operate(
  { url, userId, password }: Tps,
  card: VirtualCard,
  operation: number,
  other: Partial<TestOperation> = {},
): Promise<Answer> {
  const { end } = await converse({ url, userId, password, card, operation, ...other });
  return end === undefined ? 'hung up' : `${end.result}, ${end.code}`;
}

/** The operations in turn with one new card. */
function inTurn(...operations: readonly number[]): Scenario {
  return async tps => {
    const card = newCard();
    const answers = [];
    for (const operation of operations) answers.push(await operate(tps, card, operation));
    return answers;
  };
}

/** An enrolment of a formatted card. */
function enrolment(other: Partial<TestOperation>): Scenario {
  return async tps => {
    const card = newCard();
    return [await operate(tps, card, format), await operate(tps, card, enroll, other)];
  };
}

const plainForm = new Map([...escExtensions].filter(([name]) => name !== 'extendedLoginRequest'));

const scenarios: readonly (readonly [string, Scenario, readonly Answer[]])[] = [
  ['a password reset of an unknown card', inTurn(resetPin), ['1, 1']],
  ['a password reset of a card that was never enrolled', inTurn(format, resetPin), ['0, 0', '1, 27']],
  ['a card password that is too short', enrolment({ pin: 'abc' }), ['0, 0', '1, 1']],
  ['a card password that is too long', enrolment({ pin: 'abcdefghijk' }), ['0, 0', '1, 1']],
  ['a wrong password', enrolment({ password: 'wrong' }), ['0, 0', '1, 14']],
  ['an unknown user', enrolment({ userId: 'nobody' }), ['0, 0', '1, 14']],
  [
    'a wrong password, asked for plainly',
    enrolment({ password: 'wrong', extensions: plainForm }),
    ['0, 0', '1, 14'],
  ],
  ['operations that are not done', inTurn(2, 4), ['1, 0', '1, 0']],
  ['an unknown operation', inTurn(format, 9), ['0, 0', '0, 0']],
  [
    'a blank card that is enrolled at once, twice',
    inTurn(enroll, enroll, format, enroll),
    ['1, 7', '1, 1', '0, 0', '0, 0'],
  ],
  [
    'a known card that has become blank',
    async tps => {
      const card = newCard();
      const blank = new VirtualCard({ number: card.number });
      return [await operate(tps, card, format), await operate(tps, blank, enroll)];
    },
    ['0, 0', 'hung up'],
  ],
  [
    'a first format that was cut off',
    async tps => {
      const card = newCard();
      const hangUpAt: TestOperation['hangUpAt'] = message =>
        message.type === 'pdu-request' && message.pdu[1] === 0xf4;
      return [await operate(tps, card, format, { hangUpAt }), await operate(tps, card, enroll)];
    },
    ['hung up', '1, 26'],
  ],
  [
    'a second card of a user who has an active one',
    async tps => {
      const [first, second] = [newCard(), newCard()];
      const answers = [];
      for (const card of [first, second]) answers.push(await operate(tps, card, format));
      for (const card of [first, second, first]) answers.push(await operate(tps, card, enroll));
      return answers;
    },
    ['0, 0', '0, 0', '0, 0', '1, 34', '0, 0'],
  ],
  ...losses.map(
    loss =>
      [
        `a card that was reported ${loss}`,
        async (tps: Tps) => {
          const card = newCard();
          const answers = [await operate(tps, card, format), await operate(tps, card, enroll)];
          await tps.report(toHex(card.cuid), loss);
          for (const operation of [enroll, format, resetPin])
            answers.push(await operate(tps, card, operation));
          return answers;
        },
        ['0, 0', '0, 0', '1, 26', '1, 26', '1, 27'],
      ] as const,
  ),
];

beforeAll(() => lab.use({ tps: { 'tokendb.nonExternalReg.allowMultiActiveTokensUser': 'false' } }));

/** Does the same with both, each with somebody who has no card. */
async function withBoth<T>(work: (tps: Tps) => Promise<T>): Promise<{ readonly real: T; readonly demo: T }> {
  const { user, password } = await lab.newPerson();
  const demo = await startTps({ keyBits: 1024, oneActiveTokenPerUser: true });
  try {
    const { url } = demo;
    return {
      real: await work({ url: urls.plainTps, userId: user, password, report: setTokenStatus }),
      demo: await work({
        url,
        userId: 'jsmith',
        password: 'secret',
        report: (cuid, loss) => demo.report(cuid, loss),
      }),
    };
  } finally {
    await demo.close();
  }
}

test.each(scenarios)('%s', async (_name, scenario, expected) => {
  expect(await withBoth(scenario)).toEqual({ real: expected, demo: expected });
});

describe('a card that refuses', () => {
  test.each(refusedSteps)('$name in operation $operation: END_OP $code', async step => {
    const { operation, faults, code, commands, after } = step;
    const found = await withBoth(async tps => {
      const card = newCard();
      for (const each of before[operation] ?? []) expect(await operate(tps, card, each)).toBe('0, 0');
      card.setFaults(faults);
      const { url, userId, password } = tps;
      const { end, received } = await converse({ url, userId, password, card, operation });
      card.setFaults([]);
      const count = commandsIn(received).length;
      return { end, after: await stateOf(card), commands: commands === undefined ? undefined : count };
    });
    const expected = { end: { result: code === 0 ? 0 : 1, code }, after, commands };
    expect(found).toEqual({ real: expected, demo: expected });
  });
});
