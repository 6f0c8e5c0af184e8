import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToText } from '../../../src/base/bytes.js';
import { Failure } from '../../../src/base/failure.js';
import { formDecode, formEncode } from '../../../src/protocol/form.js';
import type { LoginParameter, TpsMessage } from '../../../src/protocol/message.js';
import { encodeMessage, longestBody } from '../../../src/protocol/message-encoder.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';
import { ascii } from '../../support/protocol/framing.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function read(bytes: string | Uint8Array): TpsMessage[] {
  const reader = new MessageReader();
  reader.push(typeof bytes === 'string' ? ascii(bytes) : bytes);
  const messages: TpsMessage[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) messages.push(next);
  return messages;
}

function withLength(body: string): string {
  return `s=${body.length}&${body}`;
}

const escExtensions = new Map([
  ['tokenType', 'userKey'],
  ['clientVersion', 'ESC 1.0.1'],
  ['tokenATR', '3B759400006202020201'],
  ['statusUpdate', 'true'],
  ['extendedLoginRequest', 'true'],
]);

/** As the protocol's description gives them, to the byte. */
const examples: [string, TpsMessage][] = [
  [
    's=174&msg_type=2&operation=1&extensions=tokenType%3DuserKey%26clientVersion%3DESC+1%2E0%2E1%26tokenATR%3D3B759400006202020201%26statusUpdate%3Dtrue%26extendedLoginRequest%3Dtrue%26',
    { type: 'begin-op', operation: 1, extensions: escExtensions },
  ],
  ['s=33&msg_type=3&invalid_pw=0&blocked=0', { type: 'login-request', invalid: false, blocked: false }],
  [
    's=45&msg_type=4&screen_name=jsmith&password=secret',
    { type: 'login-response', screenName: 'jsmith', password: 'secret' },
  ],
  [
    's=51&msg_type=4&screen_name=jsmith&password=Secret%2E123',
    { type: 'login-response', screenName: 'jsmith', password: 'Secret.123' },
  ],
  [
    's=38&msg_type=5&pin_required=0&next_value=0',
    { type: 'securid-request', pinRequired: false, nextValue: false },
  ],
  ['s=23&msg_type=6&value=123456', { type: 'securid-response', value: '123456', pin: '' }],
  ['s=32&msg_type=7&question=First+pet%3F', { type: 'question-request', question: 'First pet?' }],
  ['s=21&msg_type=8&answer=Rex', { type: 'question-response', answer: 'Rex' }],
  [
    's=68&msg_type=9&pdu_size=12&pdu_data=%00%A4%04%00%07%62%76%01%FF%00%00%00',
    { type: 'pdu-request', pdu: hex('00A40400076276 01FF000000'.replace(' ', '')) },
  ],
  ['s=46&msg_type=9&pdu_size=5&pdu_data=%80%CA%9F%7F%2D', { type: 'pdu-request', pdu: hex('80CA9F7F2D') }],
  ['s=38&msg_type=10&pdu_size=2&pdu_data=%90%00', { type: 'pdu-response', pdu: hex('9000') }],
  ['s=36&msg_type=10&pdu_size=2&pdu_data=j%88', { type: 'pdu-response', pdu: hex('6A88') }],
  ['s=44&msg_type=10&pdu_size=6&pdu_data=Xv%80r%90%00', { type: 'pdu-response', pdu: hex('587680729000') }],
  [
    's=46&msg_type=11&minimum_length=4&maximum_length=10',
    { type: 'new-pin-request', minimum: 4, maximum: 10 },
  ],
  ['s=28&msg_type=12&new_pin=netscape', { type: 'new-pin-response', pin: 'netscape' }],
  [
    's=42&msg_type=13&operation=1&result=0&message=0',
    { type: 'end-op', operation: 1, result: 0, message: 0 },
  ],
  [
    's=43&msg_type=13&operation=5&result=1&message=14',
    { type: 'end-op', operation: 5, result: 1, message: 14 },
  ],
  [
    's=68&msg_type=14&current_state=10&next_task_name=PROGRESS_PROCESS_PROFILE',
    { type: 'status-request', state: 10, task: 'PROGRESS_PROCESS_PROFILE' },
  ],
  ['s=28&msg_type=15&current_state=10', { type: 'status-response', state: 10 }],
  [
    's=38&msg_type=17&UID=jsmith&PASSWORD=secret',
    {
      type: 'extended-login-response',
      answers: new Map([
        ['UID', 'jsmith'],
        ['PASSWORD', 'secret'],
      ]),
    },
  ],
];

describe('examples of the protocol', () => {
  test.each(examples)('%s', (encoded, message) => {
    expect(text(encodeMessage(message))).toBe(encoded);
    expect(read(encoded)).toEqual([message]);
  });

  test('the extended login of a Java TPS', () => {
    const body =
      'msg_type=16&invalid_pw=0&blocked=0&title=LDAP+Authentication&description=This+authenticates+user+against+the+LDAP+directory.&required_parameter0=id%3DUID%26name%3DLDAP+User+ID%26desc%3DLDAP+User+ID%26type%3Dstring%26option%3D&required_parameter1=id%3DPASSWORD%26name%3DLDAP+Password%26desc%3DLDAP+Password%26type%3Dpassword%26option%3D';
    expect(body.length).toBe(335);
    expect(read(withLength(body))).toEqual([
      {
        type: 'extended-login-request',
        invalid: false,
        blocked: false,
        title: 'LDAP Authentication',
        description: 'This authenticates user against the LDAP directory.',
        parameters: [
          { id: 'UID', name: 'LDAP User ID', description: 'LDAP User ID', kind: 'string', option: '' },
          {
            id: 'PASSWORD',
            name: 'LDAP Password',
            description: 'LDAP Password',
            kind: 'password',
            option: '',
          },
        ],
      },
    ]);
  });
});

describe('rule 2: messages are cut by s=LEN&, whatever lies between them', () => {
  test('CR, LF, NUL and spaces between messages are skipped', () => {
    const one = 's=28&msg_type=15&current_state=10';
    expect(read(`\r\n ${one}\r\n\0\0 \n${one}\0`)).toHaveLength(2);
  });

  test('a line break inside of a message belongs to it', () => {
    expect(read(withLength('msg_type=9&pdu_size=4&pdu_data=\r\n\0 '))).toEqual([
      { type: 'pdu-request', pdu: hex('0D0A0020') },
    ]);
  });

  test('every byte may come alone', () => {
    const reader = new MessageReader();
    const bytes = ascii(examples.map(([encoded]) => encoded).join(''));
    const messages: TpsMessage[] = [];
    for (const byte of bytes) {
      reader.push(Uint8Array.of(byte));
      const next = reader.next();
      if (next !== undefined) messages.push(next);
    }
    expect(messages).toEqual(examples.map(([, message]) => message));
  });
});

describe('rule 3: END_OP of a C++ TPS has a line break, 0 and a line break inside of its length', () => {
  test.each([
    [0, 0],
    [1, 14],
  ])('result %i, message %i', (result, message) => {
    const body = `msg_type=13&operation=1&result=${result}&message=${message}\r\n0\r\n`;
    expect(read(withLength(body))).toEqual([{ type: 'end-op', operation: 1, result, message }]);
  });
});

describe('rule 6: pdu_data in any mixture of raw bytes, + and %XX of either case', () => {
  test('mixed', () => {
    expect(read(withLength('msg_type=9&pdu_size=7&pdu_data=A%a4+%fF%2Bz\xe9'))).toEqual([
      { type: 'pdu-request', pdu: hex('41A420FF2B7AE9') },
    ]);
  });

  test('% without two digits stands for itself', () => {
    expect(read(withLength('msg_type=9&pdu_size=7&pdu_data=%zz%4%%41'))).toEqual([
      { type: 'pdu-request', pdu: ascii('%zz%4%A') },
    ]);
  });

  test('any bytes in any mixture', () => {
    const form = fc.constantFrom('raw', 'upper', 'lower');
    const bytes = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), form), { maxLength: 300 });
    fc.assert(
      fc.property(bytes, pairs => {
        const encoded = pairs.map(([byte, how]) => {
          const digits = byte.toString(16).padStart(2, '0');
          if (how === 'raw' && byte === 0x20) return '+';
          if (how === 'raw' && byte !== 0x25 && byte !== 0x2b) return String.fromCharCode(byte);
          return `%${how === 'lower' ? digits : digits.toUpperCase()}`;
        });
        expect(formDecode(encoded.join(''))).toEqual(Uint8Array.from(pairs.map(([byte]) => byte)));
      }),
    );
  });
});

describe('rule 7: unknown keys are ignored, and the order of keys is free', () => {
  test('in any order, with others among them', () => {
    const keys = ['msg_type=11', 'minimum_length=5', 'maximum_length=8', 'colour=blue', 'empty=', 'bare', ''];
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: keys.length }), order => {
        expect(read(withLength(order.join('&')))).toEqual([
          { type: 'new-pin-request', minimum: 5, maximum: 8 },
        ]);
      }),
    );
  });

  test('login parameters are ordered by their number', () => {
    const parameter = (n: number): string => `required_parameter${n}=id%3DP${n}%26type%3Dstring`;
    const body = ['msg_type=16', ...[10, 2, 0, 1].map(parameter)].join('&');
    const [message] = read(withLength(body));
    expect(message).toMatchObject({ parameters: [{ id: 'P0' }, { id: 'P1' }, { id: 'P2' }, { id: 'P10' }] });
  });

  test('a C++ TPS says invalid_login', () => {
    expect(read(withLength('msg_type=16&invalid_login=1&blocked=1'))).toMatchObject([
      { invalid: true, blocked: true },
    ]);
  });
});

describe('rule 8: a length is of at most five digits and 64 KiB', () => {
  test.each([
    ['65537', 's=65537&'],
    ['five digits and more', 's=123456'],
    ['no digit', 's=&msg_type=3'],
    ['no number', 's=1x&'],
    ['no s=', 'x=33&msg_type=3'],
    ['not s=', 'sx'],
  ])('%s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'protocol-violation' }));
  });

  test('64 KiB is taken', () => {
    const body = `msg_type=7&question=${'a'.repeat(0x10000 - 20)}`;
    expect(read(withLength(body))).toHaveLength(1);
  });
});

describe('a message that makes no sense is refused', () => {
  test.each([
    ['no type', 'operation=1'],
    ['type 1', 'msg_type=1'],
    ['type 18', 'msg_type=18'],
    ['pdu_size too small', 'msg_type=9&pdu_size=1&pdu_data=%90%00'],
    ['pdu_size too large', 'msg_type=9&pdu_size=3&pdu_data=%90%00'],
    ['no pdu_size', 'msg_type=9&pdu_data=%90%00'],
    ['END_OP without a result', 'msg_type=13&operation=1'],
  ])('%s', (_, body) => {
    expect(() => read(withLength(body))).toThrow(expect.objectContaining({ code: 'protocol-violation' }));
  });
});

describe('what servers cannot take is not sent', () => {
  test.each<[string, TpsMessage]>([
    ['an empty password', { type: 'login-response', screenName: 'jsmith', password: '' }],
    ['an empty PIN', { type: 'new-pin-response', pin: '' }],
    ['an empty login field', { type: 'extended-login-response', answers: new Map([['UID', '']]) }],
    ['an empty answer', { type: 'question-response', answer: '' }],
    ['an empty extension', { type: 'begin-op', operation: 1, extensions: new Map([['tokenType', '']]) }],
    ['& in an extension', { type: 'begin-op', operation: 1, extensions: new Map([['a', 'b&c']]) }],
    ['= in an extension', { type: 'begin-op', operation: 1, extensions: new Map([['a=b', 'c']]) }],
  ])('%s', (_, message) => {
    expect(() => encodeMessage(message)).toThrow(expect.objectContaining({ code: 'protocol-violation' }));
  });

  test.each(['a b', 'a&b', 'a=b', 'a%b', 'a+b', 'ä', 'a\nb'])('the PIN %j', pin => {
    expect(() => encodeMessage({ type: 'new-pin-response', pin })).toThrow(
      expect.objectContaining({ code: 'pin-unsuitable' }),
    );
  });

  test('a message beyond 999 bytes to a C++ TPS, beyond 9999 to a Java TPS', () => {
    const answer = (length: number): TpsMessage => ({
      type: 'question-response',
      answer: 'a'.repeat(length),
    });
    const around = 'msg_type=8&answer='.length;
    expect(encodeMessage(answer(999 - around), longestBody.cpp)).toHaveLength('s=999&'.length + 999);
    expect(() => encodeMessage(answer(1000 - around), longestBody.cpp)).toThrow(Failure);
    expect(encodeMessage(answer(9999 - around))).toHaveLength('s=9999&'.length + 9999);
    expect(() => encodeMessage(answer(10_000 - around))).toThrow(Failure);
  });

  test('the largest answer of a card fits a C++ TPS', () => {
    const pdu = new Uint8Array(258).fill(0xff);
    expect(() => encodeMessage({ type: 'pdu-response', pdu }, longestBody.cpp)).not.toThrow();
  });

  test('no secret is in the error', () => {
    const message: TpsMessage = { type: 'login-response', screenName: '', password: 'hunter2' };
    expect(() => encodeMessage(message)).toThrow(/^(?!.*hunter2).*screen_name/);
  });
});

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const plainWord = fc.stringMatching(/^[A-Za-z0-9 ._-]{1,20}$/);
const number = fc.integer({ min: 0, max: 99999 });
const pdu = fc.uint8Array({ minLength: 1, maxLength: 261 });
const parameter: fc.Arbitrary<LoginParameter> = fc.record({
  id: plainWord,
  name: plainWord,
  description: plainWord,
  kind: fc.constantFrom('string', 'password', 'integer'),
  option: fc.constant(''),
});

const anyMessage: fc.Arbitrary<TpsMessage> = fc.oneof(
  fc.record({
    type: fc.constant('begin-op' as const),
    operation: number,
    extensions: fc.array(fc.tuple(plainWord, plainWord), { maxLength: 6 }).map(pairs => new Map(pairs)),
  }),
  fc.record({ type: fc.constant('login-request' as const), invalid: fc.boolean(), blocked: fc.boolean() }),
  fc.record({ type: fc.constant('login-response' as const), screenName: word, password: word }),
  fc.record({
    type: fc.constant('securid-request' as const),
    pinRequired: fc.boolean(),
    nextValue: fc.boolean(),
  }),
  fc.record({ type: fc.constant('securid-response' as const), value: word, pin: word }),
  fc.record({ type: fc.constant('question-request' as const), question: word }),
  fc.record({ type: fc.constant('question-response' as const), answer: word }),
  fc.record({ type: fc.constant('pdu-request' as const), pdu }),
  fc.record({ type: fc.constant('pdu-response' as const), pdu }),
  fc.record({ type: fc.constant('new-pin-request' as const), minimum: number, maximum: number }),
  fc.record({
    type: fc.constant('new-pin-response' as const),
    pin: fc.stringMatching(/^[!-$'-*,-<>-~]{1,16}$/),
  }),
  fc.record({ type: fc.constant('end-op' as const), operation: number, result: number, message: number }),
  fc.record({
    type: fc.constant('status-request' as const),
    state: number,
    task: fc.stringMatching(/^[A-Z_]{1,30}$/),
  }),
  fc.record({ type: fc.constant('status-response' as const), state: number }),
  fc.record({
    type: fc.constant('extended-login-request' as const),
    invalid: fc.boolean(),
    blocked: fc.boolean(),
    title: word,
    description: word,
    parameters: fc.array(parameter, { maxLength: 12 }),
  }),
  fc.record({
    type: fc.constant('extended-login-response' as const),
    answers: fc.array(fc.tuple(plainWord, word), { maxLength: 6 }).map(pairs => new Map(pairs)),
  }),
);

describe('properties', () => {
  test('what is encoded is read again, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), fc.array(fc.nat(64)), (messages, cuts) => {
        const bytes = messages.map(message => text(encodeMessage(message))).join('');
        const reader = new MessageReader();
        const result: TpsMessage[] = [];
        const all = ascii(bytes);
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          reader.push(all.slice(at, at + cut));
          at += cut;
          for (let next = reader.next(); next !== undefined; next = reader.next()) result.push(next);
        }
        expect(result).toEqual(messages);
      }),
    );
  });

  test('form encoding is undone by decoding, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), bytes => {
        expect(formDecode(formEncode(bytes))).toEqual(bytes);
        expect(formEncode(bytes)).toMatch(/^([A-Za-z0-9+]|%[0-9A-F]{2})*$/);
        expect(
          formDecode(bytesToText(bytes.map(byte => (byte === 0x25 || byte === 0x2b ? 0 : byte)))).length,
        ).toBe(bytes.length);
      }),
    );
  });
});
