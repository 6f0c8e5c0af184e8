import { Failure } from '../base/failure.js';
import { showable } from '../card/text.js';
import type { MessageOf, TpsMessage } from './message.js';
import type { LoginAnswers, LoginField } from './ports.js';

export type LoginMessage = MessageOf<
  'login-request' | 'extended-login-request' | 'securid-request' | 'question-request'
>;

/** What the server wants to know about the person, whichever message it asks with. */
export interface LoginForm {
  /** Forms of the same key take the same answers. */
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly fields: readonly LoginField[];
  /** The server says that the answers before were wrong. */
  readonly invalid: boolean;
  /** The server takes no more answers. */
  readonly blocked: boolean;
  /** Answers hold for one time, as a code that changes every minute does. */
  readonly oneTime: boolean;
  reply(answers: LoginAnswers): TpsMessage;
}

const mostFields = 16;
const longestText = 500;

const plain = { title: '', description: '', invalid: false, blocked: false, oneTime: false } as const;

/** @throws Failure `protocol-violation` for a form without fields, or with too many to be a login. */
export function loginFormOf(message: LoginMessage): LoginForm {
  switch (message.type) {
    case 'login-request':
      return {
        ...plain,
        key: 'login',
        invalid: message.invalid,
        blocked: message.blocked,
        fields: [unlabelled('UID', 'string'), unlabelled('PASSWORD', 'password')],
        reply: answers => ({
          type: 'login-response',
          screenName: answers.get('UID') ?? '',
          password: answers.get('PASSWORD') ?? '',
        }),
      };
    case 'extended-login-request':
      return extendedForm(message);
    case 'securid-request': {
      const value = unlabelled('VALUE', 'password');
      return {
        ...plain,
        // The code after the next one is another question, not the same again.
        key: message.nextValue ? 'securid-next' : 'securid',
        oneTime: true,
        fields: message.pinRequired ? [value, unlabelled('PIN', 'password')] : [value],
        reply: answers => ({
          type: 'securid-response',
          value: answers.get('VALUE') ?? '',
          pin: answers.get('PIN') ?? '',
        }),
      };
    }
    case 'question-request': {
      const label = shown(message.question);
      return {
        ...plain,
        key: `question ${message.question}`,
        fields: [{ ...unlabelled('ANSWER', 'password'), label }],
        reply: answers => ({ type: 'question-response', answer: answers.get('ANSWER') ?? '' }),
      };
    }
  }
}

function extendedForm(message: MessageOf<'extended-login-request'>): LoginForm {
  const fields = message.parameters
    .filter(parameter => parameter.id !== '')
    .map(({ id, name, description, kind }): LoginField => ({
      id,
      label: shown(name),
      description: shown(description),
      kind: kind === 'password' || kind === 'integer' ? kind : 'string',
    }));
  if (fields.length === 0 || fields.length > mostFields)
    throw new Failure('protocol-violation', `the server asks for ${fields.length} login fields`);
  return {
    ...plain,
    key: 'login',
    invalid: message.invalid,
    blocked: message.blocked,
    title: shown(message.title),
    description: shown(message.description),
    fields,
    reply: answers => ({
      type: 'extended-login-response',
      answers: new Map(fields.map(({ id }) => [id, answers.get(id) ?? ''])),
    }),
  };
}

function unlabelled(id: string, kind: LoginField['kind']): LoginField {
  return { id, label: '', description: '', kind };
}

function shown(text: string): string {
  return showable(text).slice(0, longestText);
}
