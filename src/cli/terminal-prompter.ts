import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import { askOnTerminal } from '../io/terminal.js';
import { _, fill } from '../io/text.js';
import { pinFault, unsuitablePin, type PinFault } from '../protocol/pin.js';
import type { LoginAnswers, LoginField, LoginRequest, PinLimits, ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import { fieldLabel } from '../tokens/login-fields.js';
import type { OperationPrompter, PlainHttpAnswer } from '../tokens/operation-prompter.js';
import { explain } from '../tokens/sentences.js';
import { confirmed } from './confirm.js';
import type { Secrets } from './secrets.js';
import { usage } from './told.js';

/** What no server takes, whatever its limits: they are known only once it asks. */
const anyLength: PinLimits = { minimum: 1, maximum: Infinity };

/** Fields whose answer is not the password for the server: a SecurID code, its PIN, the answer to a question. */
const neverThePassword: ReadonlySet<string> = new Set(['VALUE', 'PIN', 'ANSWER']);

/** Answers from options and files, and asks on the terminal for what they do not give. */
export class TerminalPrompter implements OperationPrompter {
  public constructor(
    private readonly user: string | undefined,
    private readonly secrets: Secrets,
    private readonly allowsHttp = false,
    private readonly pinOption = '--pin-file',
  ) {}

  /** What is remembered for other times is set in the window; here an option says it each time. */
  public async plainHttp(
    server: ServerAddress,
    _canRemember: boolean,
    cancellation: Cancellation,
  ): Promise<PlainHttpAnswer> {
    if (this.allowsHttp) return 'this-run';
    const name = serverName(server);
    const question = fill(
      _('The connection to {server} is not encrypted: others may read the passwords. Go on?'),
      { server: name },
    );
    const answer = await confirmed(question, cancellation);
    if (answer === undefined)
      throw new Failure('plain-http', 'there is no terminal to ask on', { server: name });
    return answer ? 'this-run' : 'no';
  }

  public async login(request: LoginRequest, cancellation: Cancellation): Promise<LoginAnswers | undefined> {
    const { fields, refused } = request;
    // Options and files say the same again, so asking anew would not help.
    if (refused && fields.every(field => this.given(field, fields) !== undefined)) return undefined;
    let before = refused ? `${_('That was not accepted.')}\n` : '';
    const answers = new Map<string, string>();
    for (const field of fields) {
      const given = this.given(field, fields);
      const answer = given ?? (await askFor(field, request, before, cancellation));
      if (given === undefined) before = '';
      if (answer === undefined) return undefined;
      answers.set(field.id, answer);
    }
    return answers;
  }

  public async newPin(
    limits: PinLimits,
    unsuitable: PinFault | undefined,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    const { pin } = this.secrets;
    if (pin === undefined) return askForPin(limits, unsuitable, this.pinOption, cancellation);
    const fault = unsuitable ?? pinFault(pin, anyLength);
    if (fault !== undefined) throw unsuitablePin(fault, limits);
    return pin;
  }

  /** What the options say about the first field of each kind. */
  private given(field: LoginField, fields: readonly LoginField[]): string | undefined {
    if (neverThePassword.has(field.id)) return undefined;
    const isPassword = field.kind === 'password';
    const first = fields.find(({ kind }) => (kind === 'password') === isPassword);
    if (field !== first) return undefined;
    return isPassword ? this.secrets.password : this.user;
  }
}

async function askForPin(
  limits: PinLimits,
  unsuitable: PinFault | undefined,
  option: string,
  cancellation: Cancellation,
): Promise<string | undefined> {
  const { minimum, maximum } = limits;
  const question = fill(_('New card password ({minimum} to {maximum} characters): '), { minimum, maximum });
  const refusal = (fault: PinFault): string => `${explain(unsuitablePin(fault, limits)).what}\n`;
  let before = unsuitable === undefined ? '' : refusal(unsuitable);
  for (;;) {
    const pin = await ask(before + question, false, option, cancellation);
    if (pin === undefined) return undefined;
    const fault = pinFault(pin, limits);
    if (fault !== undefined) {
      before = refusal(fault);
      continue;
    }
    const again = await ask(_('The same again: '), false, option, cancellation);
    if (again === undefined) return undefined;
    if (pin === again) return pin;
    before = `${_('The two are not the same.')}\n`;
  }
}

async function askFor(
  field: LoginField,
  { server }: LoginRequest,
  before: string,
  cancellation: Cancellation,
): Promise<string | undefined> {
  const question = fill(_('{field} for {server}: '), { field: fieldLabel(field), server: server.host });
  const secret = field.kind === 'password';
  for (;;) {
    const answer = await ask(before + question, !secret, secret ? '--password-file' : '--user', cancellation);
    // Servers hang up on an empty answer.
    if (answer !== '') return answer;
  }
}

/** @throws Failure `usage` that names the option which helps where there is no terminal. */
export async function ask(
  question: string,
  echo: boolean,
  option: string,
  cancellation: Cancellation,
): Promise<string | undefined> {
  try {
    return await askOnTerminal(question, echo, cancellation);
  } catch (error) {
    if (error instanceof Failure && error.code === 'usage')
      throw usage('there is no terminal to ask on: use {option}', { option });
    throw error;
  }
}
