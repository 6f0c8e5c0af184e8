import { formEncode, percentEncode } from './form.js';
import { messageNumbers, violation } from './message.js';
import type { LoginParameter, TpsMessage } from './message.js';
import { isUsableInPin, unsuitablePin } from './pin.js';

/** What servers take from a client: a Java TPS 9999 bytes after `s=LEN&`, a C++ TPS three digits. */
export const longestBody = { java: 9999, cpp: 999 } as const;

/**
 * @param limit of bytes after `s=LEN&`.
 * @returns the whole message as it travels, `s=LEN&` included.
 * @throws Failure `protocol-violation` for what servers cannot take: an empty value, `&` or `=` in an extension,
 *   a message beyond the limit; `pin-unsuitable` for a PIN that servers would read differently.
 */
export function encodeMessage(message: TpsMessage, limit: number = longestBody.java): Uint8Array {
  const fields = [['msg_type', String(messageNumbers[message.type])] as const, ...encodeFields(message)];
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
      if (!isUsableInPin(message.pin)) throw unsuitablePin('characters');
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
