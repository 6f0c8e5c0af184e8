import { bytesToText } from '../base/bytes.js';
import { formDecode, formDecodeText } from './form.js';
import { messageNumbers, violation } from './message.js';
import type { LoginParameter, MessageType, TpsMessage } from './message.js';
import { defaultPinLimits } from './pin.js';

const types = new Map(Object.entries(messageNumbers).map(([type, number]) => [number, type as MessageType]));

/** The keys of one message, with lenient readers for their values. Keys that nobody asks for are ignored. */
class Body {
  private readonly values = new Map<string, string>();

  /** @param text one character for each byte. */
  public constructor(text: string) {
    for (const field of text.split('&')) {
      const equals = field.indexOf('=');
      if (equals > 0) this.values.set(field.slice(0, equals).trim(), field.slice(equals + 1));
    }
  }

  public get entries(): IterableIterator<[string, string]> {
    return this.values.entries();
  }

  public raw(key: string): string {
    return this.values.get(key) ?? '';
  }

  public text(key: string): string {
    return formDecodeText(this.raw(key));
  }

  public flag(...keys: string[]): boolean {
    return keys.some(key => this.integer(key, 0) !== 0);
  }

  /** The leading digits: a C++ TPS leaves a line break and more in the last value. */
  public integer(key: string, missing?: number): number {
    const digits = /^\s*(\d{1,9})/.exec(this.raw(key))?.[1];
    if (digits !== undefined) return Number.parseInt(digits, 10);
    if (missing !== undefined) return missing;
    throw violation(`the message has no number ${key}`);
  }

  public pdu(): Uint8Array {
    const size = this.integer('pdu_size');
    const pdu = formDecode(this.raw('pdu_data'));
    if (pdu.length !== size) throw violation(`pdu_size is ${size}, but pdu_data has ${pdu.length} bytes`);
    return pdu;
  }
}

/**
 * @param bytes those after `s=LEN&`
 * @throws Failure `protocol-violation`
 */
export function decodeMessage(bytes: Uint8Array): TpsMessage {
  const body = new Body(bytesToText(bytes));
  const number = body.integer('msg_type');
  const type = types.get(number);
  if (type === undefined) throw violation(`there is no message type ${number}`);
  return decodeFields(type, body);
}

function decodeFields(type: MessageType, body: Body): TpsMessage {
  switch (type) {
    case 'begin-op':
      return {
        type,
        operation: body.integer('operation', 0),
        extensions: splitPairs(body.text('extensions')),
      };
    case 'login-request':
      return { type, invalid: body.flag('invalid_pw', 'invalid_login'), blocked: body.flag('blocked') };
    case 'login-response':
      return { type, screenName: body.text('screen_name'), password: body.text('password') };
    case 'securid-request':
      return { type, pinRequired: body.flag('pin_required'), nextValue: body.flag('next_value') };
    case 'securid-response':
      return { type, value: body.text('value'), pin: body.text('pin') };
    case 'question-request':
      return { type, question: body.text('question') };
    case 'question-response':
      return { type, answer: body.text('answer') };
    case 'pdu-request':
    case 'pdu-response':
      return { type, pdu: body.pdu() };
    case 'new-pin-request':
      return {
        type,
        minimum: body.integer('minimum_length', defaultPinLimits.minimum),
        maximum: body.integer('maximum_length', defaultPinLimits.maximum),
      };
    case 'new-pin-response':
      return { type, pin: body.raw('new_pin') };
    case 'end-op': {
      const result = body.integer('result');
      return {
        type,
        operation: body.integer('operation', 0),
        result,
        message: body.integer('message', result),
      };
    }
    case 'status-request':
      return { type, state: body.integer('current_state', 0), task: body.text('next_task_name').trim() };
    case 'status-response':
      return { type, state: body.integer('current_state', 0) };
    case 'extended-login-request':
      return {
        type,
        invalid: body.flag('invalid_pw', 'invalid_login'),
        blocked: body.flag('blocked'),
        title: body.text('title'),
        description: body.text('description'),
        parameters: parametersOf(body),
      };
    case 'extended-login-response': {
      const answers = new Map<string, string>();
      for (const [id, answer] of body.entries)
        if (id !== 'msg_type') answers.set(formDecodeText(id), formDecodeText(answer));
      return { type, answers };
    }
  }
}

/** `required_parameterN`, by N: their order in the message means nothing. */
function parametersOf(body: Body): LoginParameter[] {
  const numbered: [number, LoginParameter][] = [];
  for (const [key, value] of body.entries) {
    const number = /^required_parameter(\d{1,9})$/.exec(key)?.[1];
    if (number === undefined) continue;
    const pairs = splitPairs(formDecodeText(value));
    const of = (name: string): string => pairs.get(name) ?? '';
    numbered.push([
      Number.parseInt(number, 10),
      { id: of('id'), name: of('name'), description: of('desc'), kind: of('type'), option: of('option') },
    ]);
  }
  return numbered.sort(([a], [b]) => a - b).map(([, parameter]) => parameter);
}

/** `name=value&…`, decoded already. */
function splitPairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0) pairs.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return pairs;
}
