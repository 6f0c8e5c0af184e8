/** The conversation over one POST: one request of the server, then its answer, and so on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/base/failure.js';
import { encodeMessage } from '../../src/protocol/message-encoder.js';
import { MessageReader } from '../../src/protocol/message-reader.js';
import type { MessageOf, MessageType, TpsMessage } from '../../src/protocol/message.js';
import { commandName } from '../../src/card/command-name.js';
import { FrameReader } from './frames.js';

/** The two bodies of one POST, without their chunks. */
export interface Wire {
  /** At least one byte; undefined at the end. @throws when the connection is lost */
  read(): Promise<Uint8Array | undefined>;
  /** One chunk. @throws when the connection is lost */
  write(bytes: Uint8Array): Promise<void>;
  /** From now on nothing is sent, and the server waits for ever. */
  fallSilent(): Promise<never>;
}

/** What is about to be sent. */
export interface MessageStep {
  /** As in BEGIN_OP: 1 enroll, 3 reset the PIN, 5 format. */
  readonly operation: number;
  /** Counts the server's messages of this operation, from 1. */
  readonly index: number;
  readonly message: TpsMessage;
}

/** What to do instead of sending the message. */
export type Fault =
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'silence' }
  /** END_OP with this code. */
  | { readonly kind: 'end'; readonly code: number }
  /** These bytes as one chunk; then the client's answer is awaited. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export type FaultHook = (step: MessageStep) => Fault | undefined;

export interface SessionOptions {
  readonly fault: FaultHook | undefined;
  /** Milliseconds that the server thinks before each message. */
  readonly pace: number;
  readonly log: (line: string) => void;
}

type Request = Exclude<TpsMessage, { readonly type: `${string}-response` | 'begin-op' | 'end-op' }>;
type Answer<T extends string> = T extends `${infer Name}-request` ? `${Name}-response` & MessageType : never;

export class Session {
  private readonly frames = new FrameReader();
  private begun: MessageOf<'begin-op'> = { type: 'begin-op', operation: 0, extensions: new Map() };
  private sent = 0;

  public constructor(
    private readonly wire: Wire,
    private readonly options: SessionOptions,
  ) {}

  /** 1 where the client named none that TPS knows. */
  public get operation(): number {
    return [2, 3, 4, 5].includes(this.begun.operation) ? this.begun.operation : 1;
  }

  public hasExtension(name: string): boolean {
    return this.begun.extensions.has(name);
  }

  public extension(name: string): string | undefined {
    return this.begun.extensions.get(name);
  }

  /** Waits for BEGIN_OP. @throws Failure `protocol-violation` when anything else comes */
  public async begin(): Promise<void> {
    this.begun = await this.receive('begin-op');
  }

  /**
   * Sends a request and waits for its answer.
   * @throws Failure `protocol-violation` when another message comes, or what TPS cannot read;
   * `server-refused` when a fault ends the operation here; `network-error` when the connection is lost.
   */
  public async ask<R extends Request>(request: R): Promise<MessageOf<Answer<R['type']>>> {
    await this.send(request);
    return this.receive(request.type.replace('-request', '-response') as Answer<R['type']>);
  }

  /** Sends a command to the card. @returns its whole answer, at least SW1 SW2. */
  public async transmit(pdu: Uint8Array): Promise<Uint8Array> {
    const answer = await this.ask({ type: 'pdu-request', pdu });
    if (answer.pdu.length < 2) throw new Failure('protocol-violation', 'an answer without a status word');
    return answer.pdu;
  }

  /** Tells the client how far the operation is, if it wants to know. @param state a percentage */
  public async tellStatus(state: number, task: string): Promise<void> {
    if (this.extension('statusUpdate') === 'true') await this.ask({ type: 'status-request', state, task });
  }

  /** @param code 0 with success, else the number of the failure. */
  public async end(succeeded: boolean, code: number): Promise<void> {
    await this.send({
      type: 'end-op',
      operation: this.operation,
      result: succeeded ? 0 : 1,
      message: code,
    });
  }

  private async send(message: TpsMessage): Promise<void> {
    this.sent += 1;
    this.options.log(`> ${describe(message)}`);
    const fault = this.options.fault?.({ operation: this.operation, index: this.sent, message });
    if (this.options.pace > 0) await sleep(this.options.pace);
    await this.wire.write(await this.bytesFor(message, fault));
  }

  private async bytesFor(message: TpsMessage, fault: Fault | undefined): Promise<Uint8Array> {
    if (fault !== undefined) this.options.log(`  fault: ${fault.kind}`);
    switch (fault?.kind) {
      case undefined:
        return encodeMessage(message);
      case 'hang-up':
        throw new Failure('network-error', 'hung up on purpose');
      case 'silence':
        return this.wire.fallSilent();
      case 'end':
        throw new Failure('server-refused', 'ended on purpose', { serverCode: fault.code });
      case 'bytes':
        return fault.bytes;
    }
  }

  private async receive<T extends MessageType>(type: T): Promise<MessageOf<T>> {
    const message = await this.nextMessage();
    this.options.log(`< ${describe(message)}`);
    if (message.type !== type)
      throw new Failure('protocol-violation', `${message.type} came where ${type} belongs`);
    return message as MessageOf<T>;
  }

  private async nextMessage(): Promise<TpsMessage> {
    for (;;) {
      const frame = this.frames.next();
      if (frame !== undefined) {
        const reader = new MessageReader();
        reader.push(frame);
        const message = reader.next();
        if (message === undefined) throw new Failure('protocol-violation', 'an incomplete message');
        return message;
      }
      const bytes = await this.wire.read();
      if (bytes === undefined) throw new Failure('network-error', 'the client ended its body');
      this.frames.push(bytes);
    }
  }
}

/** For the log: names and status words, never what a person typed or what goes to the card. */
function describe(message: TpsMessage): string {
  switch (message.type) {
    case 'begin-op':
      return `begin-op ${message.operation}`;
    case 'pdu-request':
      return commandName(message.pdu);
    case 'pdu-response':
      return Buffer.from(message.pdu.subarray(-2)).toString('hex').toUpperCase();
    case 'status-request':
      return `${message.state} % ${message.task}`;
    case 'end-op':
      return `end-op result ${message.result} message ${message.message}`;
    default:
      return message.type;
  }
}
