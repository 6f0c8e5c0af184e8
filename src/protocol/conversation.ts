import type { Cancellation } from '../base/cancellation.js';
import type { Clock } from '../base/clock.js';
import { Failure, type FailureFacts } from '../base/failure.js';
import { waitFor } from '../base/waiting.js';
import type { CardRelay } from './card-relay.js';
import { endOpName, loginRefusedCode } from './end-op.js';
import type { TpsChannel } from './http.js';
import { loginFormOf, type LoginForm } from './login-form.js';
import type { MessageOf, TpsMessage } from './message.js';
import { encodeMessage } from './message-encoder.js';
import { pinFault } from './pin.js';
import type { ProgressMeter, ProgressStep } from './progress.js';
import { loginRefused, type Questions } from './questions.js';

/** How a conversation ends, where it does not fail. */
export type ConversationEnd =
  /** By the server's word; whether it is so, the card tells. */
  | { readonly kind: 'done' }
  /** The person thought for longer than servers wait: another conversation takes the remembered answers. */
  | { readonly kind: 'again' }
  /** The server ended the operation because of the answers to this form. */
  | { readonly kind: 'login-refused'; readonly form: LoginForm; readonly facts: FailureFacts };

type Reaction = { readonly kind: 'reply'; readonly message: TpsMessage } | ConversationEnd;

export interface ConversationParts {
  readonly channel: TpsChannel;
  readonly relay: CardRelay;
  readonly questions: Questions;
  readonly meter: ProgressMeter;
  readonly clock: Clock;
  readonly cancellation: Cancellation;
  /** Milliseconds that the server may take for one message. */
  readonly messageTimeout: number;
  /** Bytes of the longest message that the server takes, after `s=LEN&`. */
  readonly longestBody: number;
}

/** Milliseconds for which a server surely still waits while a person is asked. Tomcat, as Dogtag sets it up, hangs up after 80 s. */
const serverPatience = 60_000;
/** A format, the longest operation, takes 180. */
const mostMessages = 10_000;

/**
 * One conversation with TPS. The server leads: it asks, the client answers, until END_OP.
 *
 *     BEGIN_OP → [ request of the server → reaction → reply ]* → END_OP
 *
 * A reaction that is no reply ends the conversation, and so does any Failure.
 */
export class Conversation {
  /** The login forms that were answered in this conversation, the first one first. */
  private readonly answered = new Map<string, LoginForm>();

  public constructor(private readonly parts: ConversationParts) {}

  /**
   * @throws Failure `cancelled`, `server-silent`, `server-refused`, `login-refused`, `pin-unsuitable`, those of
   *   TpsChannel, CardRelay and the prompter.
   */
  public async run(begin: MessageOf<'begin-op'>): Promise<ConversationEnd> {
    let message: TpsMessage = begin;
    for (let count = 0; count < mostMessages; count += 1) {
      const reaction = await this.react(await this.say(message));
      if (reaction.kind !== 'reply') return reaction;
      message = reaction.message;
    }
    throw new Failure('protocol-violation', `the server does not end after ${mostMessages} messages`);
  }

  private react(message: TpsMessage): Reaction | Promise<Reaction> {
    switch (message.type) {
      case 'pdu-request':
        return this.passToCard(message);
      case 'status-request':
        this.parts.meter.status(message.state, message.task);
        return reply({ type: 'status-response', state: message.state });
      case 'login-request':
      case 'extended-login-request':
      case 'securid-request':
      case 'question-request':
        return this.logIn(loginFormOf(message));
      case 'new-pin-request':
        return this.giveNewPin(message);
      case 'end-op':
        return this.end(message);
      default:
        throw new Failure(
          'protocol-violation',
          `the server sends ${message.type}, which is the client's to send`,
        );
    }
  }

  private async passToCard({ pdu }: MessageOf<'pdu-request'>): Promise<Reaction> {
    const { relay, meter, cancellation } = this.parts;
    meter.command(pdu);
    const answer = await relay.pass(pdu);
    cancellation.throwIfCancelled();
    return reply({ type: 'pdu-response', pdu: answer });
  }

  private async logIn(form: LoginForm): Promise<Reaction> {
    const { questions } = this.parts;
    if (form.blocked) throw loginRefused({ result: 'blocked' });
    // A server that asks the same again has refused what it got, whether or not it says so.
    if (form.invalid || this.answered.has(form.key)) questions.refuse(form);
    let answers = questions.answers.loginFor(form.key, form.fields);
    if (answers === undefined) {
      if (await this.ask('waiting-for-login', () => questions.askLogin(form))) return { kind: 'again' };
      answers = questions.answers.loginFor(form.key, form.fields);
    }
    this.answered.set(form.key, form);
    if (form.oneTime) questions.answers.forgetLogin(form.key);
    return reply(form.reply(answers ?? new Map()));
  }

  private async giveNewPin(limits: MessageOf<'new-pin-request'>): Promise<Reaction> {
    const { questions } = this.parts;
    if (limits.minimum > limits.maximum)
      throw new Failure('protocol-violation', `no PIN has ${limits.minimum} to ${limits.maximum} characters`);
    const fits = (pin: string | undefined): pin is string =>
      pin !== undefined && pinFault(pin, limits) === undefined;
    if (!fits(questions.answers.pin) && (await this.ask('waiting-for-pin', () => questions.askPin(limits))))
      return { kind: 'again' };
    return reply({ type: 'new-pin-response', pin: questions.answers.pin ?? '' });
  }

  /**
   * Asks the person while the server waits.
   * @returns whether the server has given up meanwhile, or is about to. Beginning anew is safe then: before the login
   *   nothing was written, and before the new PIN at most an applet was loaded, which leaves a formatted card
   *   that the server knows as formatted.
   */
  private async ask(step: ProgressStep, question: () => Promise<void>): Promise<boolean> {
    const { channel, meter, clock } = this.parts;
    meter.enter(step);
    const began = clock.now();
    let givenUp = false as boolean;
    channel.peek().then(
      message => (givenUp = message.type === 'end-op'),
      () => (givenUp = true),
    );
    await question();
    return givenUp || clock.now() - began > serverPatience;
  }

  private end({ result, message }: MessageOf<'end-op'>): Reaction {
    if (result === 0) return { kind: 'done' };
    const facts = { result: `END_OP ${message} ${endOpName(message)}`, serverCode: message };
    const [form] = this.answered.values();
    if (message === loginRefusedCode && form !== undefined) return { kind: 'login-refused', form, facts };
    const detail = message === 0 ? 'the server does not support this operation' : facts.result;
    throw new Failure('server-refused', detail, facts);
  }

  /** Sends a message and waits for the server's next one. */
  private say(message: TpsMessage): Promise<TpsMessage> {
    const { clock, cancellation, messageTimeout: milliseconds } = this.parts;
    const failure = (): Failure => new Failure('server-silent', `nothing for ${milliseconds} ms`);
    return waitFor(this.exchange(message), cancellation, { clock, milliseconds, failure });
  }

  private async exchange(message: TpsMessage): Promise<TpsMessage> {
    const { channel, longestBody } = this.parts;
    await channel.send(encodeMessage(message, longestBody));
    return await channel.receive();
  }
}

function reply(message: TpsMessage): Reaction {
  return { kind: 'reply', message };
}
