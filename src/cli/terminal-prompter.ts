import { Failure } from '../base/failure.js';
import { askOnTerminal } from '../io/terminal.js';
import { _, fill } from '../io/text.js';
import type { LoginAnswers, LoginField, LoginRequest, PinLimits, Prompter } from '../protocol/ports.js';
import { fieldLabel } from '../tokens/login-fields.js';
import type { Secrets } from './secrets.js';

/** Answers from options and files, and asks on the terminal for what they do not give. */
export class TerminalPrompter implements Prompter {
  public constructor(
    private readonly user: string | undefined,
    private readonly secrets: Secrets,
  ) {}

  public async login(request: LoginRequest): Promise<LoginAnswers | undefined> {
    // Options and files say the same again, so asking anew would not help.
    if (request.refused && request.fields.every(field => this.given(field) !== undefined)) return undefined;
    const answers = new Map<string, string>();
    for (const field of request.fields) {
      const answer = this.given(field) ?? (await askFor(field, request));
      if (answer === undefined) return undefined;
      answers.set(field.id, answer);
    }
    return answers;
  }

  public async newPin(
    limits: PinLimits,
    unsuitable: 'length' | 'characters' | undefined,
  ): Promise<string | undefined> {
    if (this.secrets.pin !== undefined) {
      if (unsuitable !== undefined) throw pinFailure(limits, unsuitable);
      return this.secrets.pin;
    }
    const question = fill(_('New card password ({minimum} to {maximum} characters): '), {
      minimum: limits.minimum,
      maximum: limits.maximum,
    });
    for (;;) {
      const first = await ask(question, false, '--pin-file');
      if (first === undefined) return undefined;
      const second = await ask(_('The same again: '), false, '--pin-file');
      if (second === undefined) return undefined;
      if (first === second) return first;
    }
  }

  private given(field: LoginField): string | undefined {
    return field.kind === 'password' ? this.secrets.password : this.user;
  }
}

function pinFailure(limits: PinLimits, unsuitable: 'length' | 'characters'): Failure {
  const detail =
    unsuitable === 'length'
      ? fill(_('it must have {minimum} to {maximum} characters'), {
          minimum: limits.minimum,
          maximum: limits.maximum,
        })
      : _('it may have letters A to Z, digits and signs other than & = % +, and no spaces');
  return new Failure('pin-unsuitable', detail);
}

function askFor(field: LoginField, request: LoginRequest): Promise<string | undefined> {
  const question = fill(_('{field} for {server}: '), {
    field: fieldLabel(field),
    server: request.server.host,
  });
  const secret = field.kind === 'password';
  return ask(question, !secret, secret ? '--password-file' : '--user');
}

/** @throws Failure `usage` that names the option which helps where there is no terminal. */
async function ask(question: string, echo: boolean, option: string): Promise<string | undefined> {
  try {
    return await askOnTerminal(question, echo);
  } catch (error) {
    if (error instanceof Failure && error.code === 'usage')
      throw new Failure('usage', fill(_('there is no terminal to ask on: use {option}'), { option }));
    throw error;
  }
}
