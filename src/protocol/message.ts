import { Failure } from '../base/failure.js';
import { ByteQueue } from './byte-queue.js';
import { bytesToText, formDecode, formDecodeText, formEncode, percentEncode } from './form.js';
import { defaultPinLimits, isUsableInPin } from './pin.js';

/**
 * The messages between TPS and its client: `s=LEN&msg_type=N&key=value…`, where LEN counts the bytes after its `&`.
 * Odd pairs are the server's requests, the others the client's; both directions can be encoded and decoded.
 */
export type TpsMessage =
  | {
      readonly type: 'begin-op';
      readonly operation: number;
      /** In the order of sending; names and values without `&` and `=`. */
      readonly extensions: ReadonlyMap<string, string>;
    }
  | { readonly type: 'login-request'; readonly invalid: boolean; readonly blocked: boolean }
  | { readonly type: 'login-response'; readonly screenName: string; readonly password: string }
  | { readonly type: 'securid-request'; readonly pinRequired: boolean; readonly nextValue: boolean }
  /** An empty `pin` is not sent. */
  | { readonly type: 'securid-response'; readonly value: string; readonly pin: string }
  | { readonly type: 'question-request'; readonly question: string }
  | { readonly type: 'question-response'; readonly answer: string }
  | { readonly type: 'pdu-request'; readonly pdu: Uint8Array }
  /** Data, then SW1 SW2. */
  | { readonly type: 'pdu-response'; readonly pdu: Uint8Array }
  /** Characters. */
  | { readonly type: 'new-pin-request'; readonly minimum: number; readonly maximum: number }
  /** Travels raw: see isUsableInPin. */
  | { readonly type: 'new-pin-response'; readonly pin: string }
  | {
      readonly type: 'end-op';
      readonly operation: number;
      /** 0 is success. */
      readonly result: number;
      /** See endOpName. */
      readonly message: number;
    }
  /** `state` is a percentage; `task` names what comes next, such as PROGRESS_DONE. */
  | { readonly type: 'status-request'; readonly state: number; readonly task: string }
  | { readonly type: 'status-response'; readonly state: number }
  | {
      readonly type: 'extended-login-request';
      readonly invalid: boolean;
      readonly blocked: boolean;
      readonly title: string;
      readonly description: string;
      readonly parameters: readonly LoginParameter[];
    }
  /** By the parameter's id. */
  | { readonly type: 'extended-login-response'; readonly answers: ReadonlyMap<string, string> };

export interface LoginParameter {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `string`, `password` or `integer`, or what a later server says. */
  readonly kind: string;
  /** A comma list, normally empty. */
  readonly option: string;
}

export type MessageType = TpsMessage['type'];
export type MessageOf<T extends MessageType> = Extract<TpsMessage, { readonly type: T }>;

const numbers: Readonly<Record<MessageType, number>> = {
  'begin-op': 2,
  'login-request': 3,
  'login-response': 4,
  'securid-request': 5,
  'securid-response': 6,
  'question-request': 7,
  'question-response': 8,
  'pdu-request': 9,
  'pdu-response': 10,
  'new-pin-request': 11,
  'new-pin-response': 12,
  'end-op': 13,
  'status-request': 14,
  'status-response': 15,
  'extended-login-request': 16,
  'extended-login-response': 17,
};
const types = new Map(Object.entries(numbers).map(([type, number]) => [number, type as MessageType]));

/** What servers take from a client: a Java TPS 9999 bytes after `s=LEN&`, a C++ TPS three digits. */
export const longestBody = { java: 9999, cpp: 999 } as const;
/** What is taken from a server. The longest seen has 770 bytes. */
const longestReceivedBody = 0x10000;

/**
 * @param limit of bytes after `s=LEN&`.
 * @returns the whole message as it travels, `s=LEN&` included.
 * @throws Failure `protocol-violation` for what servers cannot take: an empty value, `&` or `=` in an extension,
 *   a message beyond the limit; `pin-unsuitable` for a PIN that servers would read differently.
 */
export function encodeMessage(message: TpsMessage, limit: number = longestBody.java): Uint8Array {
  const fields = [['msg_type', String(numbers[message.type])] as const, ...encodeFields(message)];
  for (const [key, value] of fields)
    if (value === '') throw violation(`${message.type}: ${key} would be empty, at which servers hang up`);
  const body = fields.map(([key, value]) => `${key}=${value}`).join('&');
  if (body.length > limit)
    throw violation(`${message.type} of ${body.length} bytes is longer than servers take (${limit})`);
  return new TextEncoder().encode(`s=${body.length}&${body}`);
}

type Field = readonly [key: string, encoded: string];

function encodeFields(message: TpsMessage): Field[] {
  switch (message.type) {
    case 'begin-op':
      return [
        ['operation', String(message.operation)],
        ...optional('extensions', formEncode(joinExtensions(message.extensions))),
      ];
    case 'login-request':
      return [
        ['invalid_pw', flag(message.invalid)],
        ['blocked', flag(message.blocked)],
      ];
    case 'login-response':
      return [
        ['screen_name', formEncode(message.screenName)],
        ['password', formEncode(message.password)],
      ];
    case 'securid-request':
      return [
        ['pin_required', flag(message.pinRequired)],
        ['next_value', flag(message.nextValue)],
      ];
    case 'securid-response':
      return [['value', formEncode(message.value)], ...optional('pin', formEncode(message.pin))];
    case 'question-request':
      return [['question', formEncode(message.question)]];
    case 'question-response':
      return [['answer', formEncode(message.answer)]];
    case 'pdu-request':
      return pduFields(message.pdu, percentEncode);
    case 'pdu-response':
      return pduFields(message.pdu, formEncode);
    case 'new-pin-request':
      return [
        ['minimum_length', String(message.minimum)],
        ['maximum_length', String(message.maximum)],
      ];
    case 'new-pin-response':
      if (!isUsableInPin(message.pin))
        throw new Failure(
          'pin-unsuitable',
          'the PIN has characters that do not reach every server unchanged',
        );
      return [['new_pin', message.pin]];
    case 'end-op':
      return [
        ['operation', String(message.operation)],
        ['result', String(message.result)],
        ['message', String(message.message)],
      ];
    case 'status-request':
      return [['current_state', String(message.state)], ...optional('next_task_name', message.task)];
    case 'status-response':
      return [['current_state', String(message.state)]];
    case 'extended-login-request':
      return [
        ['invalid_pw', flag(message.invalid)],
        ['blocked', flag(message.blocked)],
        ...optional('title', formEncode(message.title)),
        ...optional('description', formEncode(message.description)),
        ...message.parameters.map((parameter, i): Field => [
          `required_parameter${i}`,
          formEncode(joinParameter(parameter)),
        ]),
      ];
    case 'extended-login-response':
      return [...message.answers].map(([id, answer]) => [formEncode(id), formEncode(answer)]);
  }
}

function pduFields(pdu: Uint8Array, encode: (bytes: Uint8Array) => string): Field[] {
  return [
    ['pdu_size', String(pdu.length)],
    ['pdu_data', encode(pdu)],
  ];
}

function optional(key: string, value: string): Field[] {
  return value === '' ? [] : [[key, value]];
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}

/** Names and values are not encoded one by one: a server decodes the whole once, then splits. */
function joinExtensions(extensions: ReadonlyMap<string, string>): string {
  let joined = '';
  for (const [name, value] of extensions) {
    if (name === '' || value === '' || /[&=]/.test(name + value))
      throw violation(`the extension ${name} is empty or has & or = in it`);
    joined += `${name}=${value}&`;
  }
  return joined;
}

function joinParameter({ id, name, description, kind, option }: LoginParameter): string {
  return `id=${id}&name=${name}&desc=${description}&type=${kind}&option=${option}`;
}

/**
 * Reads messages from bytes however they are cut: by `s=LEN&` alone, with CR, LF, NUL and spaces between
 * messages skipped. It never holds more than one message of 64 KiB beside what was pushed last.
 */
export class MessageReader {
  private readonly queue = new ByteQueue();

  public push(bytes: Uint8Array): void {
    this.queue.push(bytes);
  }

  /** Bytes of a message have come, but not all of it. */
  public get inMessage(): boolean {
    this.skipSeparators();
    return this.queue.length > 0;
  }

  /**
   * The next whole message, undefined while it has not come.
   * @throws Failure `protocol-violation`
   */
  public next(): TpsMessage | undefined {
    this.skipSeparators();
    const head = this.readHead();
    if (head === undefined || this.queue.length < head.size + head.length) return undefined;
    this.queue.skip(head.size);
    return decodeBody(bytesToText(this.queue.take(head.length)));
  }

  private skipSeparators(): void {
    while (isSeparator(this.queue.at(0))) this.queue.skip(1);
  }

  private readHead(): { readonly size: number; readonly length: number } | undefined {
    const wanted = 's=';
    for (let i = 0; i < wanted.length; i += 1) {
      const byte = this.queue.at(i);
      if (byte === undefined) return undefined;
      if (byte !== wanted.charCodeAt(i)) throw violation('a message does not begin with s=');
    }
    let length = 0;
    for (let digits = 0; digits <= 5; digits += 1) {
      const byte = this.queue.at(2 + digits);
      if (byte === undefined) return undefined;
      if (byte === 0x26 && digits > 0) return this.checkedHead(3 + digits, length);
      if (byte < 0x30 || byte > 0x39) break;
      length = length * 10 + (byte - 0x30);
    }
    throw violation('a message has no length of one to five digits');
  }

  private checkedHead(size: number, length: number): { readonly size: number; readonly length: number } {
    if (length > longestReceivedBody) throw violation(`a message of ${length} bytes is too long`);
    return { size, length };
  }
}

function isSeparator(byte: number | undefined): boolean {
  return byte === 0x0d || byte === 0x0a || byte === 0x00 || byte === 0x20;
}

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

/** @param text the bytes after `s=LEN&`, one character for each. */
function decodeBody(text: string): TpsMessage {
  const body = new Body(text);
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

function violation(detail: string): Failure {
  return new Failure('protocol-violation', detail);
}
