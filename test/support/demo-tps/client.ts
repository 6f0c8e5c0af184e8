import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TpsMessage } from '../../../src/protocol/message.js';
import { encodeMessage } from '../../../src/protocol/message-encoder.js';
import { MessageReader } from '../../../src/protocol/message-reader.js';

/** Whatever answers commands: the virtual card, or one that is made to misbehave. */
export interface TestCard {
  process(apdu: Uint8Array): Promise<Uint8Array>;
}

export interface TestOperation {
  readonly url: string;
  readonly card: TestCard;
  readonly operation: number;
  readonly extensions?: ReadonlyMap<string, string>;
  readonly userId?: string;
  readonly password?: string;
  readonly pin?: string;
  /** PEM, for https. */
  readonly ca?: string;
  /** Looks at each message before it is answered; true hangs up instead. */
  readonly hangUpAt?: (message: TpsMessage) => boolean;
}

export interface TestOutcome {
  /** Undefined when the connection ended without END_OP. */
  readonly end: { readonly result: number; readonly code: number } | undefined;
  readonly received: readonly TpsMessage[];
}

export const escExtensions: ReadonlyMap<string, string> = new Map([
  ['tokenType', 'userKey'],
  ['clientVersion', 'ESC 1.0.1'],
  ['statusUpdate', 'true'],
  ['extendedLoginRequest', 'true'],
]);

/** Holds one operation with a TPS as a client does, answering at once. */
export async function converse(operation: TestOperation): Promise<TestOutcome> {
  const url = new URL(operation.url);
  const secure = url.protocol === 'https:';
  const request = (secure ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    headers: { 'Transfer-Encoding': 'chunked' },
    agent: false,
    ...(operation.ca === undefined ? {} : { ca: operation.ca }),
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  request.write(
    encodeMessage({
      type: 'begin-op',
      operation: operation.operation,
      extensions: operation.extensions ?? escExtensions,
    }),
  );
  const received: TpsMessage[] = [];
  try {
    for await (const message of messagesOf(await response)) {
      received.push(message);
      if (message.type === 'end-op')
        return { received, end: { result: message.result, code: message.message } };
      if (operation.hangUpAt?.(message) === true) break;
      request.write(encodeMessage(await answerTo(message, operation)));
    }
  } catch (error) {
    if (!isLostConnection(error)) throw error;
  } finally {
    request.destroy();
  }
  return { received, end: undefined };
}

async function* messagesOf(response: IncomingMessage): AsyncGenerator<TpsMessage> {
  const reader = new MessageReader();
  for await (const bytes of response) {
    reader.push(bytes as Uint8Array);
    for (let message = reader.next(); message !== undefined; message = reader.next()) yield message;
  }
}

function isLostConnection(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

async function answerTo(message: TpsMessage, operation: TestOperation): Promise<TpsMessage> {
  const { card, userId = 'jsmith', password = 'secret', pin = 'netscape' } = operation;
  switch (message.type) {
    case 'pdu-request':
      return { type: 'pdu-response', pdu: await card.process(message.pdu) };
    case 'status-request':
      return { type: 'status-response', state: message.state };
    case 'login-request':
      return { type: 'login-response', screenName: userId, password };
    case 'extended-login-request':
      return {
        type: 'extended-login-response',
        answers: new Map(
          message.parameters.map(({ id, kind }) => [id, kind === 'password' ? password : userId]),
        ),
      };
    case 'new-pin-request':
      return { type: 'new-pin-response', pin };
    default:
      throw new Error(`the server sent ${message.type}`);
  }
}

export function commandsIn(received: readonly TpsMessage[]): Uint8Array[] {
  return received.flatMap(message => (message.type === 'pdu-request' ? [message.pdu] : []));
}
