import { concatBytes } from '../../../src/base/bytes.js';
import type { CardChannel } from '../../../src/card/channel.js';
import { Cancellation } from '../../../src/base/cancellation.js';
import { OperationAnswers } from '../../../src/protocol/answers.js';
import type { MessageOf, TpsMessage } from '../../../src/protocol/message.js';
import { encodeMessage } from '../../../src/protocol/message-encoder.js';
import { runOperation, type OperationRequest, type Outcome } from '../../../src/protocol/operations.js';
import type { ByteStream, Connector, LoginRequest, Prompter } from '../../../src/protocol/ports.js';
import type { Progress } from '../../../src/protocol/progress.js';
import { parseTpsUrl } from '../../../src/protocol/url.js';
import { FakeClock } from './fake-clock.js';
import { chunk, ClientSide, dogtagHead } from './framing.js';
import { MemoryStream } from './memory-stream.js';

/** What the server does after a message: sends messages (or bytes as they are), hangs up, or does nothing. */
export type Reaction = readonly (TpsMessage | Uint8Array)[] | 'hang-up' | 'silence';

/** @param index of the message in its connection, 0 for BEGIN_OP. @param connection 0 for the first one. */
export type Script = (message: TpsMessage, index: number, connection: number) => Reaction;

/** A TPS that follows a script, one message to a chunk. */
export class ScriptedTps implements Connector {
  public readonly clients: ClientSide[] = [];
  public readonly streams: MemoryStream[] = [];

  public constructor(private readonly script: Script) {}

  public connect(): Promise<ByteStream> {
    const client = new ClientSide();
    const connection = this.clients.length;
    const stream = new MemoryStream(bytes => {
      const first = client.messages.length;
      const fresh = client.written(bytes);
      if (first === 0) stream.feed(dogtagHead);
      fresh.forEach((message, i) => react(stream, this.script(message, first + i, connection)));
    });
    this.clients.push(client);
    this.streams.push(stream);
    return Promise.resolve(stream);
  }
}

function react(stream: MemoryStream, reaction: Reaction): void {
  if (reaction === 'silence') return;
  if (reaction === 'hang-up') return stream.break();
  const parts = reaction.map(part =>
    part instanceof Uint8Array ? part : chunk(encodeMessage(part, 0x10000)),
  );
  stream.feed(concatBytes(...parts));
}

/** Sends these, one after each message of the client, on every connection. */
export function inTurn(...messages: readonly (TpsMessage | Uint8Array)[]): Script {
  return (_, index) => {
    const next = messages[index];
    return next === undefined ? 'silence' : [next];
  };
}

export const loginRequest: TpsMessage = { type: 'login-request', invalid: false, blocked: false };
export const newPinRequest: TpsMessage = { type: 'new-pin-request', minimum: 4, maximum: 10 };

export const extendedLoginRequest: MessageOf<'extended-login-request'> = {
  type: 'extended-login-request',
  invalid: false,
  blocked: false,
  title: 'LDAP Authentication',
  description: 'This authenticates user against the LDAP directory.',
  parameters: [
    { id: 'UID', name: 'LDAP User ID', description: 'LDAP User ID', kind: 'string', option: '' },
    { id: 'PASSWORD', name: 'LDAP Password', description: 'LDAP Password', kind: 'password', option: '' },
  ],
};

export function endOp(message: number, result = message === 0 ? 0 : 1): TpsMessage {
  return { type: 'end-op', operation: 1, result, message };
}

export function pduRequest(...pdu: number[]): TpsMessage {
  return { type: 'pdu-request', pdu: Uint8Array.from(pdu) };
}

/** SELECT of the card manager, which leaves a card as it is. */
export const selectRequest = pduRequest(0x00, 0xa4, 0x04, 0x00, 0x07, 0xa0, 0, 0, 0, 0x03, 0, 0);
/** SET LIFECYCLE, which does not. */
export const lifecycleRequest = pduRequest(0x84, 0xf0, 0x0f, 0x00, 0x10, ...Array<number>(16).fill(0));

/** A card that answers everything with 9000, and keeps what it was sent. */
export class WillingCard implements CardChannel {
  public readonly commands: Uint8Array[] = [];
  public transmit(command: Uint8Array): Promise<Uint8Array> {
    this.commands.push(command);
    return Promise.resolve(Uint8Array.of(0x90, 0x00));
  }
}

/** Answers with what it was made with, in turn, and keeps what it was asked. */
export class ScriptedPrompter implements Prompter {
  public readonly logins: LoginRequest[] = [];
  public readonly pins: ('length' | 'characters' | undefined)[] = [];

  public constructor(
    private readonly loginAnswers: (Record<string, string> | undefined)[] = [],
    private readonly pinAnswers: (string | undefined)[] = [],
  ) {}

  public login(request: LoginRequest): Promise<ReadonlyMap<string, string> | undefined> {
    this.logins.push(request);
    const answers = this.loginAnswers[this.logins.length - 1];
    return Promise.resolve(answers && new Map(Object.entries(answers)));
  }

  public newPin(_: unknown, unsuitable: 'length' | 'characters' | undefined): Promise<string | undefined> {
    this.pins.push(unsuitable);
    return Promise.resolve(this.pinAnswers[this.pins.length - 1]);
  }
}

export const jsmith = { UID: 'jsmith', PASSWORD: 'secret' };

export interface Setting {
  readonly connector: Connector;
  readonly request?: Partial<OperationRequest>;
  readonly url?: string;
  readonly card?: CardChannel;
  readonly prompter?: Prompter;
  readonly answers?: OperationAnswers;
}

export interface RunningOperation {
  readonly outcome: Promise<Outcome>;
  readonly clock: FakeClock;
  readonly cancellation: Cancellation;
  readonly progress: Progress[];
  /** How often an outcome was given: never more than once. */
  outcomes: number;
}

export function startOperation(setting: Setting): RunningOperation {
  const clock = new FakeClock();
  const cancellation = new Cancellation();
  const progress: Progress[] = [];
  const outcome = runOperation(
    {
      kind: 'enroll',
      tps: parseTpsUrl(setting.url ?? 'http://pki.example.com:8080/tps/tps'),
      tokenType: 'userKey',
      atr: Uint8Array.of(0x3b, 0x00),
      clientVersion: 'ESC 1.0.1',
      ...setting.request,
    },
    {
      connector: setting.connector,
      card: setting.card ?? new WillingCard(),
      prompter: setting.prompter ?? new ScriptedPrompter([jsmith], ['netscape']),
      clock,
      cancellation,
      answers: setting.answers ?? new OperationAnswers(),
      onProgress: step => progress.push(step),
    },
  );
  const running: RunningOperation = { outcome, clock, cancellation, progress, outcomes: 0 };
  outcome.then(
    () => (running.outcomes += 1),
    () => (running.outcomes += 100),
  );
  return running;
}

/** The failure of an outcome, which must be one. */
export function failureOf(outcome: Outcome): Extract<Outcome, { kind: 'failed' }>['failure'] {
  if (outcome.kind !== 'failed') throw new Error('the operation is done');
  return outcome.failure;
}
