import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.js';
import { OperationAnswers } from '../../../src/protocol/answers.js';
import type { TpsMessage } from '../../../src/protocol/message.js';
import type { Prompter } from '../../../src/protocol/ports.js';
import { deferred } from '../../../src/base/deferred.js';
import { settle } from '../../support/protocol/fake-clock.js';
import { ascii, chunk } from '../../support/protocol/framing.js';
import {
  endOp,
  extendedLoginRequest,
  failureOf,
  inTurn,
  jsmith,
  lifecycleRequest,
  loginRequest,
  newPinRequest,
  pduRequest,
  ScriptedPrompter,
  ScriptedTps,
  selectRequest,
  startOperation,
  WillingCard,
  type Script,
} from '../../support/protocol/scripted-tps.js';

const enrolment = [selectRequest, extendedLoginRequest, newPinRequest, lifecycleRequest, endOp(0)];

/** What the client said on one connection, after BEGIN_OP. */
function said(tps: ScriptedTps, connection = 0): readonly TpsMessage[] {
  return tps.clients[connection]?.messages.slice(1) ?? [];
}

const loginMessage: TpsMessage = {
  type: 'extended-login-response',
  answers: new Map(Object.entries(jsmith)),
};

describe('one operation', () => {
  test('begins with what the server needs to know', async () => {
    const tps = new ScriptedTps(inTurn(endOp(0)));
    const outcome = await startOperation({ connector: tps, request: { kind: 'format' } }).outcome;
    expect(outcome).toEqual({ kind: 'done', cardTouched: false });
    expect(tps.clients[0]?.messages).toEqual([
      {
        type: 'begin-op',
        operation: 5,
        extensions: new Map([
          ['tokenType', 'userKey'],
          ['clientVersion', 'ESC 1.0.1'],
          ['tokenATR', '3B00'],
          ['statusUpdate', 'true'],
          ['extendedLoginRequest', 'true'],
        ]),
      },
    ]);
  });

  test.each([
    ['enroll', 1],
    ['reset-pin', 3],
    ['format', 5],
  ] as const)('%s is operation %i', async (kind, operation) => {
    const tps = new ScriptedTps(inTurn(endOp(0)));
    await startOperation({ connector: tps, request: { kind, tokenType: '' } }).outcome;
    expect(tps.clients[0]?.messages[0]).toMatchObject({ operation });
    expect(tps.clients[0]?.head).not.toContain('tokenType');
  });

  test('relays commands, logs in, gives the PIN and closes the connection', async () => {
    const tps = new ScriptedTps(inTurn(...enrolment));
    const card = new WillingCard();
    const running = startOperation({ connector: tps, card });
    expect(await running.outcome).toEqual({ kind: 'done', cardTouched: true });
    const answer: TpsMessage = { type: 'pdu-response', pdu: Uint8Array.of(0x90, 0x00) };
    expect(said(tps)).toEqual([answer, loginMessage, { type: 'new-pin-response', pin: 'netscape' }, answer]);
    expect(card.commands).toHaveLength(2);
    expect(tps.streams[0]?.closed).toBe(true);
    expect(running.clock.pending).toBe(0);
  });

  test('where the server wants no login, nobody is asked for one', async () => {
    const tps = new ScriptedTps(inTurn(selectRequest, endOp(0)));
    const prompter = new ScriptedPrompter();
    const running = startOperation({ connector: tps, request: { kind: 'format' }, prompter });
    expect(await running.outcome).toMatchObject({ kind: 'done' });
    expect(prompter.logins).toEqual([]);
    expect(said(tps)).toEqual([{ type: 'pdu-response', pdu: Uint8Array.of(0x90, 0x00) }]);
  });

  test('an answer in parts is completed before it goes to the server', async () => {
    const tps = new ScriptedTps(inTurn(selectRequest, endOp(0)));
    const answers = [Uint8Array.of(1, 2, 0x61, 0x02), Uint8Array.of(3, 4, 0x90, 0x00)];
    const card = { transmit: () => Promise.resolve(answers.shift() ?? new Uint8Array()) };
    await startOperation({ connector: tps, card }).outcome;
    expect(said(tps)).toEqual([{ type: 'pdu-response', pdu: Uint8Array.of(1, 2, 3, 4, 0x90, 0x00) }]);
  });

  test('a token type that cannot be sent is refused before anything is connected', async () => {
    const tps = new ScriptedTps(inTurn(endOp(0)));
    const outcome = await startOperation({ connector: tps, request: { tokenType: 'a&b' } }).outcome;
    expect(failureOf(outcome).code).toBe('usage');
    expect(tps.streams).toHaveLength(0);
  });
});

describe('END_OP', () => {
  test.each([
    [7, 'END_OP 7 MAC_ENROLL_PDU'],
    [17, 'END_OP 17 SECURE_CHANNEL'],
    [45, 'END_OP 45 CANNOT_ESTABLISH_COMMUNICATION'],
    [99, 'END_OP 99 UNKNOWN'],
  ])('%i is the server’s refusal, with its number', async (message, result) => {
    const tps = new ScriptedTps(inTurn(lifecycleRequest, endOp(message)));
    const outcome = await startOperation({ connector: tps }).outcome;
    expect(outcome.cardTouched).toBe(true);
    expect(failureOf(outcome)).toMatchObject({
      code: 'server-refused',
      facts: { result, serverCode: message, server: 'pki.example.com:8080', step: 'finishing' },
    });
  });

  test('result 1 with message 0: the server does not support the operation', async () => {
    const tps = new ScriptedTps(inTurn(endOp(0, 1)));
    const failure = failureOf(await startOperation({ connector: tps }).outcome);
    expect(failure).toMatchObject({ code: 'server-refused', facts: { serverCode: 0 } });
    expect(failure.detail).toContain('does not support');
  });

  test('14 without a login before it is a refusal like any other', async () => {
    const prompter = new ScriptedPrompter([jsmith]);
    const tps = new ScriptedTps(inTurn(endOp(14)));
    const failure = failureOf(await startOperation({ connector: tps, prompter }).outcome);
    expect(failure).toMatchObject({ code: 'server-refused', facts: { serverCode: 14 } });
    expect(prompter.logins).toHaveLength(0);
  });

  test('rule 4: after END_OP the connection is closed at once, whatever the server does with it', async () => {
    for (const rest of [ascii('0\r\n\r\n'), ascii(''), ascii('more')]) {
      const tps = new ScriptedTps((_, index) => (index === 0 ? [endOp(0), rest] : 'silence'));
      expect((await startOperation({ connector: tps }).outcome).kind).toBe('done');
      expect(tps.streams[0]?.closed).toBe(true);
    }
  });

  test('rule 3: END_OP of a C++ TPS ends the operation', async () => {
    const endOpOfCpp = ascii('s=47&msg_type=13&operation=1&result=0&message=0\r\n0\r\n');
    const tps = new ScriptedTps(inTurn(chunk(endOpOfCpp)));
    const outcome = await startOperation({ connector: tps, url: 'http://pki.example.com/nk_service' })
      .outcome;
    expect(outcome).toEqual({ kind: 'done', cardTouched: false });
  });
});

describe('whether the card was touched', () => {
  test.each<[string, TpsMessage, boolean]>([
    ['SELECT', selectRequest, false],
    ['GET DATA', pduRequest(0x80, 0xca, 0x9f, 0x7f, 0x2d), false],
    ['INITIALIZE UPDATE', pduRequest(0x80, 0x50, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8), false],
    ['EXTERNAL AUTHENTICATE', pduRequest(0x84, 0x82, 3, 0, 0x10), false],
    ['GET STATUS', pduRequest(0xb0, 0x3c, 0, 0, 0x10), false],
    ['SET PIN', pduRequest(0x84, 0x04, 0, 0, 0x18), true],
    ['DELETE', pduRequest(0x84, 0xe4, 0, 0, 0x18), true],
    ['DELETE without secure messaging', pduRequest(0x80, 0xe4, 0, 0, 0x09), true],
    ['an unknown command', pduRequest(0x90, 0x99, 0, 0), true],
  ])('%s', async (_, request, touched) => {
    const tps = new ScriptedTps(inTurn(request, endOp(1)));
    expect((await startOperation({ connector: tps }).outcome).cardTouched).toBe(touched);
  });

  test('it counts although the card failed at the command', async () => {
    const tps = new ScriptedTps(inTurn(lifecycleRequest));
    const card = { transmit: () => Promise.reject(new Failure('card-removed', 'gone', { reader: 'R' })) };
    const outcome = await startOperation({ connector: tps, card }).outcome;
    expect(outcome.cardTouched).toBe(true);
    expect(failureOf(outcome)).toMatchObject({
      code: 'card-removed',
      facts: { reader: 'R', server: 'pki.example.com:8080', step: 'finishing' },
    });
    expect(tps.streams[0]?.closed).toBe(true);
  });
});

describe('login', () => {
  test('a plain form is asked for as user and password', async () => {
    const prompter = new ScriptedPrompter([jsmith]);
    const tps = new ScriptedTps(inTurn(loginRequest, endOp(0)));
    await startOperation({ connector: tps, prompter }).outcome;
    expect(said(tps)).toEqual([{ type: 'login-response', screenName: 'jsmith', password: 'secret' }]);
    expect(prompter.logins).toEqual([
      {
        server: { scheme: 'http', host: 'pki.example.com', port: 8080 },
        title: '',
        description: '',
        fields: [
          { id: 'UID', label: '', description: '', kind: 'string' },
          { id: 'PASSWORD', label: '', description: '', kind: 'password' },
        ],
        refused: false,
      },
    ]);
  });

  test('an extended form is asked for as the server describes it, on one line each', async () => {
    const prompter = new ScriptedPrompter([{ UID: 'jsmith', PASSWORD: 'secret', 'A.B': '7' }]);
    const request: TpsMessage = {
      ...extendedLoginRequest,
      title: 'Sign\u202e in\r\nhere',
      description: 'x'.repeat(2000),
      parameters: [
        { id: 'UID', name: 'Name', description: 'Your name', kind: 'string', option: '' },
        { id: 'PASSWORD', name: 'Word', description: '', kind: 'password', option: '' },
        { id: 'A.B', name: 'Number', description: '', kind: 'integer', option: '' },
        { id: '', name: 'nothing', description: '', kind: 'colour', option: '' },
      ],
    };
    const tps = new ScriptedTps(inTurn(request, endOp(0)));
    await startOperation({ connector: tps, prompter }).outcome;
    expect(prompter.logins[0]).toMatchObject({
      title: 'Sign in here',
      description: 'x'.repeat(500),
      fields: [
        { id: 'UID', label: 'Name', description: 'Your name', kind: 'string' },
        { id: 'PASSWORD', label: 'Word', kind: 'password' },
        { id: 'A.B', label: 'Number', kind: 'integer' },
      ],
    });
    expect(said(tps)).toEqual([
      {
        type: 'extended-login-response',
        answers: new Map(Object.entries({ UID: 'jsmith', PASSWORD: 'secret', 'A.B': '7' })),
      },
    ]);
  });

  test.each([0, 17])('a form of %i fields is no login', async count => {
    const parameters = Array.from({ length: count }, (_, i) => {
      return { id: `F${i}`, name: '', description: '', kind: 'string', option: '' };
    });
    const tps = new ScriptedTps(inTurn({ ...extendedLoginRequest, parameters }));
    const failure = failureOf(await startOperation({ connector: tps }).outcome);
    expect(failure.code).toBe('protocol-violation');
  });

  test('SecurID codes are asked for, and again for the next one', async () => {
    const prompter = new ScriptedPrompter([{ VALUE: '111111' }, { VALUE: '222222', PIN: '9' }]);
    const tps = new ScriptedTps(
      inTurn(
        { type: 'securid-request', pinRequired: false, nextValue: false },
        { type: 'securid-request', pinRequired: true, nextValue: true },
        endOp(0),
      ),
    );
    const answers = new OperationAnswers();
    await startOperation({ connector: tps, prompter, answers }).outcome;
    expect(said(tps)).toEqual([
      { type: 'securid-response', value: '111111', pin: '' },
      { type: 'securid-response', value: '222222', pin: '9' },
    ]);
    expect(prompter.logins.map(({ refused, fields }) => [refused, fields.length])).toEqual([
      [false, 1],
      [false, 2],
    ]);
    expect(answers.loginFor('securid', prompter.logins[0]?.fields ?? [])).toBeUndefined();
  });

  test('a question is asked for, and every question is another one', async () => {
    const prompter = new ScriptedPrompter([{ ANSWER: 'Rex' }, { ANSWER: 'Oslo' }]);
    const tps = new ScriptedTps(
      inTurn(
        { type: 'question-request', question: 'First pet?' },
        { type: 'question-request', question: 'Born where?' },
        endOp(0),
      ),
    );
    await startOperation({ connector: tps, prompter }).outcome;
    expect(said(tps)).toEqual([
      { type: 'question-response', answer: 'Rex' },
      { type: 'question-response', answer: 'Oslo' },
    ]);
    expect(prompter.logins.map(({ refused, fields }) => [refused, fields[0]?.label])).toEqual([
      [false, 'First pet?'],
      [false, 'Born where?'],
    ]);
  });

  test('an empty answer is not sent, but asked for again', async () => {
    const prompter = new ScriptedPrompter([{ UID: 'jsmith', PASSWORD: '' }, { UID: 'jsmith' }, jsmith]);
    const tps = new ScriptedTps(inTurn(extendedLoginRequest, endOp(0)));
    expect((await startOperation({ connector: tps, prompter }).outcome).kind).toBe('done');
    expect(prompter.logins.map(({ refused }) => refused)).toEqual([false, true, true]);
    expect(said(tps)).toEqual([loginMessage]);
  });

  test('a prompter that answers nothing but emptiness is stopped', async () => {
    const prompter: Prompter = {
      login: () => Promise.resolve(new Map()),
      newPin: () => Promise.resolve(undefined),
    };
    const tps = new ScriptedTps(inTurn(extendedLoginRequest));
    expect(failureOf(await startOperation({ connector: tps, prompter }).outcome).code).toBe('login-refused');
  });

  test('no answer cancels', async () => {
    const tps = new ScriptedTps(inTurn(extendedLoginRequest));
    const outcome = await startOperation({ connector: tps, prompter: new ScriptedPrompter() }).outcome;
    expect(failureOf(outcome)).toMatchObject({ code: 'cancelled', facts: { step: 'waiting-for-login' } });
    expect(outcome.cardTouched).toBe(false);
  });
});

describe('refused answers', () => {
  const wrong = { UID: 'jsmith', PASSWORD: 'wrong' };

  /** A Java TPS: one try, then END_OP 14. */
  const javaTps: Script = (message, index) => {
    if (index === 0) return [extendedLoginRequest];
    const right = message.type === 'extended-login-response' && message.answers.get('PASSWORD') === 'secret';
    return [right ? endOp(0) : endOp(14)];
  };

  test('END_OP 14: asked again before a fresh conversation, which takes the new answers', async () => {
    const prompter = new ScriptedPrompter([wrong, wrong, jsmith]);
    const tps = new ScriptedTps(javaTps);
    expect(await startOperation({ connector: tps, prompter }).outcome).toEqual({
      kind: 'done',
      cardTouched: false,
    });
    expect(prompter.logins.map(({ refused }) => refused)).toEqual([false, true, true]);
    expect(tps.streams).toHaveLength(3);
    expect(tps.streams.every(stream => stream.closed)).toBe(true);
  });

  test('giving up after END_OP 14 is login-refused, with no further connection', async () => {
    const tps = new ScriptedTps(javaTps);
    const outcome = await startOperation({ connector: tps, prompter: new ScriptedPrompter([wrong]) }).outcome;
    expect(failureOf(outcome)).toMatchObject({ code: 'login-refused', facts: { serverCode: 14 } });
    expect(tps.streams).toHaveLength(1);
  });

  test('remembered answers that are refused are not sent again', async () => {
    const answers = new OperationAnswers();
    answers.rememberLogin('login', new Map(Object.entries(wrong)));
    const prompter = new ScriptedPrompter([jsmith]);
    const tps = new ScriptedTps(javaTps);
    expect((await startOperation({ connector: tps, prompter, answers }).outcome).kind).toBe('done');
    expect(prompter.logins.map(({ refused }) => refused)).toEqual([true]);
  });

  test('the same request again in one conversation means that the answers were wrong', async () => {
    const prompter = new ScriptedPrompter([wrong, jsmith]);
    const tps = new ScriptedTps(inTurn(loginRequest, loginRequest, endOp(0)));
    expect((await startOperation({ connector: tps, prompter }).outcome).kind).toBe('done');
    expect(prompter.logins.map(({ refused }) => refused)).toEqual([false, true]);
    expect(said(tps).at(-1)).toMatchObject({ password: 'secret' });
    expect(tps.streams).toHaveLength(1);
  });

  test('invalid_pw=1 means it as well', async () => {
    const answers = new OperationAnswers();
    answers.rememberLogin('login', new Map(Object.entries(wrong)));
    const prompter = new ScriptedPrompter([jsmith]);
    const tps = new ScriptedTps(inTurn({ type: 'login-request', invalid: true, blocked: false }, endOp(0)));
    expect((await startOperation({ connector: tps, prompter, answers }).outcome).kind).toBe('done');
    expect(prompter.logins.map(({ refused }) => refused)).toEqual([true]);
  });

  test('blocked=1 ends it without a question', async () => {
    const prompter = new ScriptedPrompter([jsmith]);
    const tps = new ScriptedTps(inTurn({ type: 'login-request', invalid: true, blocked: true }, endOp(0)));
    const failure = failureOf(await startOperation({ connector: tps, prompter }).outcome);
    expect(failure).toMatchObject({ code: 'login-refused', facts: { result: 'blocked' } });
    expect(prompter.logins).toHaveLength(0);
  });

  test('a prompter that gives the same wrong answers for ever is stopped', async () => {
    const prompter = new ScriptedPrompter(Array<typeof wrong>(100).fill(wrong));
    for (const script of [javaTps, (() => [loginRequest]) as Script]) {
      const outcome = await startOperation({ connector: new ScriptedTps(script), prompter }).outcome;
      expect(failureOf(outcome).code).toBe('login-refused');
    }
    expect(prompter.logins.length).toBeLessThanOrEqual(20);
  });
});

describe('the new PIN', () => {
  test('one that fits is given without a question', async () => {
    const answers = new OperationAnswers();
    answers.rememberPin('netscape');
    const prompter = new ScriptedPrompter();
    const tps = new ScriptedTps(inTurn(newPinRequest, endOp(0)));
    expect((await startOperation({ connector: tps, prompter, answers }).outcome).kind).toBe('done');
    expect(prompter.pins).toEqual([]);
  });

  test('is asked for again, with the reason, until it fits the limits of the server', async () => {
    const answers = new OperationAnswers();
    answers.rememberPin('1234');
    const prompter = new ScriptedPrompter([], ['12 45', '12345678901', '123456']);
    const tps = new ScriptedTps(inTurn({ type: 'new-pin-request', minimum: 6, maximum: 8 }, endOp(0)));
    expect((await startOperation({ connector: tps, prompter, answers }).outcome).kind).toBe('done');
    expect(prompter.pins).toEqual(['length', 'characters', 'length']);
    expect(said(tps)).toEqual([{ type: 'new-pin-response', pin: '123456' }]);
  });

  test.each(['a&bcd', 'a=bcd', 'a%bcd', 'a+bcd', 'abcdé', ''])('%j does not go to the server', async pin => {
    const prompter = new ScriptedPrompter([], [pin]);
    const tps = new ScriptedTps(inTurn(newPinRequest, endOp(0)));
    expect(failureOf(await startOperation({ connector: tps, prompter }).outcome).code).toBe('cancelled');
    expect(said(tps)).toEqual([]);
    expect(prompter.pins).toEqual([undefined, pin === '' ? 'length' : 'characters']);
  });

  test('a prompter that never gives a fitting one is stopped', async () => {
    const prompter = new ScriptedPrompter([], Array<string>(100).fill('x'));
    const tps = new ScriptedTps(inTurn(newPinRequest));
    expect(failureOf(await startOperation({ connector: tps, prompter }).outcome).code).toBe('pin-unsuitable');
  });

  test('limits that no PIN fits are the server’s mistake', async () => {
    const tps = new ScriptedTps(inTurn({ type: 'new-pin-request', minimum: 9, maximum: 8 }));
    expect(failureOf(await startOperation({ connector: tps }).outcome).code).toBe('protocol-violation');
  });

  test('the prompter’s own failure is the outcome', async () => {
    const prompter: Prompter = {
      login: () => Promise.resolve(undefined),
      newPin: () => Promise.reject(new Failure('usage', 'there is no terminal')),
    };
    const tps = new ScriptedTps(inTurn(newPinRequest));
    expect(failureOf(await startOperation({ connector: tps, prompter }).outcome).code).toBe('usage');
  });
});

describe('a person who thinks for long', () => {
  /** Answers only when the test says so. */
  class SlowPrompter implements Prompter {
    public asked = 0;
    private answer = deferred<ReadonlyMap<string, string> | string | undefined>();

    public async login(): Promise<ReadonlyMap<string, string> | undefined> {
      return (await this.next()) as ReadonlyMap<string, string> | undefined;
    }

    public async newPin(): Promise<string | undefined> {
      return (await this.next()) as string | undefined;
    }

    public async give(answer: ReadonlyMap<string, string> | string | undefined): Promise<void> {
      this.answer.resolve(answer);
      await settle();
    }

    private next(): Promise<ReadonlyMap<string, string> | string | undefined> {
      this.asked += 1;
      this.answer = deferred();
      return this.answer.promise;
    }
  }
  const login = new Map(Object.entries(jsmith));

  test('five minutes over each dialog, a server that hangs up after 80 s: nothing is typed twice', async () => {
    const tps = new ScriptedTps(inTurn(...enrolment));
    const prompter = new SlowPrompter();
    const running = startOperation({ connector: tps, prompter });
    await settle();
    await running.clock.advance(80_000);
    tps.streams[0]?.break();
    await running.clock.advance(220_000);
    expect(tps.streams).toHaveLength(1);
    await prompter.give(login);

    expect(tps.streams).toHaveLength(2);
    expect(tps.streams[0]?.closed).toBe(true);
    await running.clock.advance(80_000);
    tps.streams[1]?.break();
    await running.clock.advance(220_000);
    await prompter.give('netscape');

    expect(await running.outcome).toEqual({ kind: 'done', cardTouched: true });
    expect(prompter.asked).toBe(2);
    expect(tps.streams).toHaveLength(3);
    expect(said(tps, 2).map(({ type }) => type)).toEqual([
      'pdu-response',
      'extended-login-response',
      'new-pin-response',
      'pdu-response',
    ]);
  });

  test('more than 60 s: the server is not trusted to be waiting still', async () => {
    const tps = new ScriptedTps(inTurn(...enrolment));
    const prompter = new SlowPrompter();
    const running = startOperation({ connector: tps, prompter });
    await settle();
    await running.clock.advance(60_001);
    await prompter.give(login);
    expect(tps.streams).toHaveLength(2);
    expect(said(tps)).toHaveLength(1);
    await prompter.give('netscape');
    expect((await running.outcome).kind).toBe('done');
  });

  test('up to 60 s: the conversation goes on', async () => {
    const tps = new ScriptedTps(inTurn(...enrolment));
    const prompter = new SlowPrompter();
    const running = startOperation({ connector: tps, prompter });
    await settle();
    await running.clock.advance(60_000);
    await prompter.give(login);
    await running.clock.advance(60_000);
    await prompter.give('netscape');
    expect((await running.outcome).kind).toBe('done');
    expect(tps.streams).toHaveLength(1);
  });

  test('a server that ends the operation meanwhile', async () => {
    const tps = new ScriptedTps((message, index, connection) => {
      if (connection === 0) return [loginRequest, endOp(28)];
      return inTurn(loginRequest, endOp(0))(message, index, connection);
    });
    const prompter = new SlowPrompter();
    const running = startOperation({ connector: tps, prompter });
    await settle();
    await prompter.give(login);
    expect((await running.outcome).kind).toBe('done');
    expect(prompter.asked).toBe(1);
  });

  test('cancelling while the dialog is open', async () => {
    const tps = new ScriptedTps(inTurn(...enrolment));
    const running = startOperation({ connector: tps, prompter: new SlowPrompter() });
    await settle();
    running.cancellation.cancel();
    expect(failureOf(await running.outcome)).toMatchObject({
      code: 'cancelled',
      facts: { step: 'waiting-for-login' },
    });
    expect(tps.streams[0]?.closed).toBe(true);
  });

  test('a server that is gone when the dialog closes', async () => {
    const tps = new ScriptedTps(inTurn(loginRequest));
    let connections = 0;
    const connector = {
      connect: () => {
        connections += 1;
        return connections === 1
          ? tps.connect()
          : Promise.reject(new Failure('connection-refused', 'nobody listens'));
      },
    };
    const prompter = new SlowPrompter();
    const running = startOperation({ connector, prompter });
    await settle();
    tps.streams[0]?.break();
    await prompter.give(login);
    expect(failureOf(await running.outcome).code).toBe('connection-refused');
  });
});

test('two operations in a flow ask nothing twice, and then everything is forgotten', async () => {
  const answers = new OperationAnswers();
  const prompter = new ScriptedPrompter([jsmith], ['netscape']);
  const format = new ScriptedTps(inTurn(extendedLoginRequest, endOp(0)));
  const enroll = new ScriptedTps(inTurn(...enrolment));
  await startOperation({ connector: format, prompter, answers, request: { kind: 'format' } }).outcome;
  expect((await startOperation({ connector: enroll, prompter, answers }).outcome).kind).toBe('done');
  expect(prompter.logins).toHaveLength(1);
  expect(prompter.pins).toHaveLength(1);

  answers.forget();
  expect(answers.pin).toBeUndefined();
  expect(answers.loginFor('login', prompter.logins[0]?.fields ?? [])).toBeUndefined();
});

describe('time-outs', () => {
  test('no connection within 30 s; one that comes later is closed', async () => {
    const late = deferred<Awaited<ReturnType<ScriptedTps['connect']>>>();
    const running = startOperation({ connector: { connect: () => late.promise } });
    await running.clock.advance(29_999);
    expect(running.outcomes).toBe(0);
    await running.clock.advance(1);
    expect(failureOf(await running.outcome)).toMatchObject({
      code: 'network-error',
      facts: { step: 'connecting' },
    });
    const tps = new ScriptedTps(inTurn(endOp(0)));
    late.resolve(await tps.connect());
    await settle();
    expect(tps.streams[0]?.closed).toBe(true);
  });

  test('nothing from the server for 90 s', async () => {
    const tps = new ScriptedTps(inTurn(selectRequest));
    const running = startOperation({ connector: tps });
    await running.clock.advance(89_999);
    expect(running.outcomes).toBe(0);
    await running.clock.advance(1);
    expect(failureOf(await running.outcome).code).toBe('server-silent');
    expect(tps.streams[0]?.closed).toBe(true);
  });

  test('bytes that never become a message do not help the server', async () => {
    const tps = new ScriptedTps(() => 'silence');
    const running = startOperation({ connector: tps });
    await settle();
    for (let i = 0; i < 9; i += 1) {
      tps.streams[0]?.feed(chunk(ascii(' ')));
      await running.clock.advance(10_000);
    }
    expect(failureOf(await running.outcome).code).toBe('server-silent');
  });

  test('a server that does not read', async () => {
    const tps = new ScriptedTps(inTurn(endOp(0)));
    const running = startOperation({
      connector: {
        connect: async () => {
          const stream = await tps.connect();
          for (const open of tps.streams) open.stuck = true;
          return stream;
        },
      },
    });
    await running.clock.advance(90_000);
    expect(failureOf(await running.outcome).code).toBe('server-silent');
  });

  test('all of them can be set', async () => {
    const request = { connectTimeout: 1000, messageTimeout: 2000, cardTimeout: 3000 };
    const never = new Promise<never>(() => undefined);
    const connecting = startOperation({ connector: { connect: () => never }, request });
    await connecting.clock.advance(1000);
    expect(failureOf(await connecting.outcome).code).toBe('network-error');
    const waiting = startOperation({ connector: new ScriptedTps(() => 'silence'), request });
    await waiting.clock.advance(2000);
    expect(failureOf(await waiting.outcome).code).toBe('server-silent');
    const connector = new ScriptedTps(inTurn(selectRequest));
    const card = startOperation({ connector, request, card: { transmit: () => never } });
    await settle();
    await card.clock.advance(3000);
    expect(failureOf(await card.outcome).code).toBe('card-silent');
  });
});

describe('cancelling', () => {
  test('before it begins: nothing is connected', async () => {
    const tps = new ScriptedTps(inTurn(endOp(0)));
    const running = startOperation({
      connector: tps,
      prompter: new ScriptedPrompter(),
    });
    running.cancellation.cancel();
    expect(failureOf(await running.outcome).code).toBe('cancelled');
  });

  test('while connecting: the attempt is given up', async () => {
    let attempt: { cancelled: boolean } = { cancelled: false };
    const running = startOperation({
      connector: {
        connect: (_, cancellation) => {
          attempt = cancellation;
          return new Promise(() => undefined);
        },
      },
    });
    await settle();
    running.cancellation.cancel();
    expect(failureOf(await running.outcome).code).toBe('cancelled');
    expect(attempt.cancelled).toBe(true);
  });

  test('while the card works: the line is cut at once, the card may finish, then comes the outcome', async () => {
    const answer = deferred<Uint8Array>();
    const tps = new ScriptedTps(inTurn(lifecycleRequest, endOp(0)));
    const running = startOperation({ connector: tps, card: { transmit: () => answer.promise } });
    await settle();
    running.cancellation.cancel();
    await settle();
    expect(tps.streams[0]?.closed).toBe(true);
    expect(running.outcomes).toBe(0);
    answer.resolve(Uint8Array.of(0x90, 0x00));
    const outcome = await running.outcome;
    expect(failureOf(outcome).code).toBe('cancelled');
    expect(outcome.cardTouched).toBe(true);
    expect(said(tps)).toEqual([]);
  });

  test('while a card works that never ends: the outcome comes all the same, and tells that', async () => {
    const tps = new ScriptedTps(inTurn(lifecycleRequest));
    const running = startOperation({
      connector: tps,
      card: { transmit: () => new Promise(() => undefined) },
    });
    await settle();
    running.cancellation.cancel();
    await running.clock.advance(120_000);
    expect(failureOf(await running.outcome).code).toBe('card-silent');
  });
});

describe('a server that does what no server may', () => {
  test.each<[string, TpsMessage]>([
    ['a client’s message', { type: 'status-response', state: 1 }],
    ['BEGIN_OP', { type: 'begin-op', operation: 1, extensions: new Map() }],
    ['a command of three bytes', pduRequest(0x00, 0xa4, 0x04)],
  ])('%s', async (_, message) => {
    const card = new WillingCard();
    const tps = new ScriptedTps(inTurn(message, endOp(0)));
    const outcome = await startOperation({ connector: tps, card }).outcome;
    expect(failureOf(outcome).code).toBe('protocol-violation');
    expect(card.commands).toEqual([]);
  });

  test('messages without end', async () => {
    const tps = new ScriptedTps(() => [{ type: 'status-request', state: 1, task: 'PROGRESS_DONE' }]);
    expect(failureOf(await startOperation({ connector: tps }).outcome).code).toBe('protocol-violation');
  });

  test('an answer that a C++ TPS could not read is not sent to it', async () => {
    const card = { transmit: () => Promise.resolve(new Uint8Array(1000)) };
    const url = 'http://pki.example.com/nk_service';
    const tps = new ScriptedTps(inTurn(selectRequest, endOp(0)));
    expect(failureOf(await startOperation({ connector: tps, card, url }).outcome).code).toBe(
      'protocol-violation',
    );
    const java = new ScriptedTps(inTurn(selectRequest, endOp(0)));
    expect((await startOperation({ connector: java, card }).outcome).kind).toBe('done');
  });
});

test('whatever a port throws becomes an outcome', async () => {
  const connector = {
    connect: (): never => {
      throw new Error('unforeseen');
    },
  };
  expect(failureOf(await startOperation({ connector }).outcome).code).toBe('internal');
});
