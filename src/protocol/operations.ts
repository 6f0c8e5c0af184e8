import { Cancellation } from '../base/cancellation.js';
import { ThriftyClock, type Clock } from '../base/clock.js';
import { toHex } from '../base/bytes.js';
import { asFailure, Failure } from '../base/failure.js';
import { waitFor } from '../base/waiting.js';
import type { CardChannel } from '../card/channel.js';
import type { OperationAnswers } from './answers.js';
import { CardRelay } from './card-relay.js';
import { Conversation, type ConversationEnd } from './conversation.js';
import { TpsChannel } from './http.js';
import type { MessageOf } from './message.js';
import { longestBody } from './message-encoder.js';
import type { ByteStream, Connector, Prompter } from './ports.js';
import { ProgressMeter, type OperationKind, type Progress } from './progress.js';
import { Questions } from './questions.js';
import { serverName, type TpsUrl } from './url.js';

export type { OperationKind };

export interface OperationRequest {
  readonly kind: OperationKind;
  readonly tps: TpsUrl;
  /** Chooses the profile on the server; not sent when empty. */
  readonly tokenType: string;
  readonly atr: Uint8Array;
  readonly clientVersion: string;
  /** Milliseconds to wait for a connection, 30 s unless given. */
  readonly connectTimeout?: number;
  /** Milliseconds to wait for a message of the server, 90 s unless given. */
  readonly messageTimeout?: number;
  /** Milliseconds to wait for one answer of the card, 120 s unless given: a card may take that long for a key. */
  readonly cardTimeout?: number;
}

export interface OperationPorts {
  readonly connector: Connector;
  readonly card: CardChannel;
  readonly prompter: Prompter;
  readonly clock: Clock;
  readonly cancellation: Cancellation;
  /** The caller forgets them when the flow of operations has ended. */
  readonly answers: OperationAnswers;
  readonly onProgress: (progress: Progress) => void;
}

/** The one end of an operation. */
export type Outcome = (
  | { readonly kind: 'done' }
  /** With `server`, `operation` and `step` among its facts, and `serverCode` where the server refused. */
  | { readonly kind: 'failed'; readonly failure: Failure }
) & {
  /** A command that may change the card was sent: after a failure the card may be unfinished. */
  readonly cardTouched: boolean;
};

const operationCodes: Readonly<Record<OperationKind, number>> = { enroll: 1, 'reset-pin': 3, format: 5 };

/** Enough for every wrong password that is taken, and for dialogs that outlast the server's patience. */
const mostConversations = 12;

/**
 * Carries out one operation with the TPS. `done` is only the server's word: the caller reads the card again.
 * When it ends, the connection is closed and no command is on its way to the card.
 * @returns never rejects.
 */
export async function runOperation(request: OperationRequest, ports: OperationPorts): Promise<Outcome> {
  const { cancellation } = ports;
  const clock = new ThriftyClock(ports.clock);
  const meter = new ProgressMeter(request.kind, ports.onProgress);
  const relay = new CardRelay(ports.card, clock, request.cardTimeout ?? 120_000);
  const questions = new Questions(ports.prompter, ports.answers, cancellation, request.tps.server);

  const converse = async (): Promise<ConversationEnd> => {
    const begin = beginOp(request);
    const stream = await connect(request, { ...ports, clock });
    const stopWatching = cancellation.onCancelled(() => stream.close());
    try {
      return await new Conversation({
        channel: new TpsChannel(stream, request.tps),
        relay,
        questions,
        meter,
        clock,
        cancellation,
        messageTimeout: request.messageTimeout ?? 90_000,
        longestBody: longestBodyFor(request.tps),
      }).run(begin);
    } finally {
      stopWatching();
      stream.close();
    }
  };

  const converseToTheEnd = async (): Promise<void> => {
    for (let count = 0; count < mostConversations; count += 1) {
      cancellation.throwIfCancelled();
      meter.restart();
      const end = await converse();
      if (end.kind === 'done') return;
      if (end.kind === 'login-refused') {
        questions.refuse(end.form, end.facts);
        meter.enter('waiting-for-login');
        await questions.askLogin(end.form);
      }
    }
    throw new Failure('server-closed', `no end after ${mostConversations} conversations`);
  };

  try {
    await converseToTheEnd();
    meter.finish();
    return { kind: 'done', cardTouched: relay.touched };
  } catch (error) {
    const thrown = asFailure(error);
    // A card that did not answer in the end is news to a person who has cancelled; all else they know.
    const failure =
      cancellation.cancelled && thrown.code !== 'card-silent'
        ? new Failure('cancelled', 'cancelled by the user')
        : thrown;
    const server = serverName(request.tps.server);
    const facts = { server, operation: request.kind, step: meter.current.step };
    return { kind: 'failed', failure: failure.with(facts), cardTouched: relay.touched };
  } finally {
    clock.close();
  }
}

/** @throws Failure `usage` for a token type that cannot be sent. */
function beginOp({ kind, tokenType, atr, clientVersion }: OperationRequest): MessageOf<'begin-op'> {
  if (/[&=]/.test(tokenType))
    throw new Failure('usage', 'a token type has no & and no =', { reason: 'token-type', named: tokenType });
  const extensions = new Map<string, string>();
  if (tokenType !== '') extensions.set('tokenType', tokenType);
  extensions.set('clientVersion', clientVersion).set('tokenATR', toHex(atr));
  extensions.set('statusUpdate', 'true').set('extendedLoginRequest', 'true');
  return { type: 'begin-op', operation: operationCodes[kind], extensions };
}

/** The C++ TPS, told by its path, reads only three digits of a message's length. */
function longestBodyFor({ path }: TpsUrl): number {
  return path.endsWith('/nk_service') ? longestBody.cpp : longestBody.java;
}

async function connect(request: OperationRequest, ports: OperationPorts): Promise<ByteStream> {
  const { clock, cancellation } = ports;
  const milliseconds = request.connectTimeout ?? 30_000;
  const failure = (): Failure => new Failure('network-error', `no connection within ${milliseconds} ms`);
  const attempt = new Cancellation();
  const connecting = ports.connector.connect(request.tps.server, attempt);
  try {
    return await waitFor(connecting, cancellation, { clock, milliseconds, failure });
  } catch (error) {
    attempt.cancel();
    // A connection that comes too late is not wanted any more.
    connecting.then(
      stream => stream.close(),
      () => undefined,
    );
    throw error;
  }
}
