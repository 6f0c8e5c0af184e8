import type { Cancellation } from '../base/cancellation.js';
import { Failure, type FailureFacts } from '../base/failure.js';
import { waitFor } from '../base/waiting.js';
import type { OperationAnswers } from './answers.js';
import type { LoginForm } from './login-form.js';
import { pinFault, unsuitablePin } from './pin.js';
import type { PinLimits, Prompter, ServerAddress } from './ports.js';

/** A prompter that gives the same unusable answer again and again is stopped. */
const mostTries = 10;

/** Asks the person what the server wants to know, and remembers the answers and what was refused. */
export class Questions {
  private readonly refusedForms = new Set<string>();
  private refusals = 0;
  private refusalFacts: FailureFacts = {};

  public constructor(
    private readonly prompter: Prompter,
    public readonly answers: OperationAnswers,
    private readonly cancellation: Cancellation,
    private readonly server: ServerAddress,
  ) {}

  /**
   * The answers to the form were wrong: they are forgotten, so that no account is locked by sending them again.
   * @throws Failure `login-refused` when it has happened too often.
   */
  public refuse(form: LoginForm, facts: FailureFacts = {}): void {
    this.answers.forgetLogin(form.key);
    this.refusedForms.add(form.key);
    this.refusalFacts = facts;
    this.refusals += 1;
    if (this.refusals >= mostTries) throw loginRefused(facts);
  }

  /**
   * Asks until every field has an answer, since an empty one makes servers hang up.
   * @throws Failure `cancelled`, or `login-refused` when the person gives up after a refusal.
   */
  public async askLogin(form: LoginForm): Promise<void> {
    const { key, title, description, fields } = form;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const refused = tries > 0 || this.refusedForms.has(key);
      const request = { server: this.server, title, description, fields, refused };
      const answers = await waitFor(this.prompter.login(request, this.cancellation), this.cancellation);
      if (answers === undefined) throw this.refusals > 0 ? loginRefused(this.refusalFacts) : declined();
      this.answers.rememberLogin(key, answers);
      if (this.answers.loginFor(key, fields) !== undefined) return;
    }
    throw new Failure('login-refused', 'the login was answered with empty fields');
  }

  /** Asks until the PIN is fit for the server. @throws Failure `cancelled`, `pin-unsuitable` */
  public async askPin(limits: PinLimits): Promise<void> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const { pin } = this.answers;
      const unsuitable = pin === undefined ? undefined : pinFault(pin, limits);
      const asked = this.prompter.newPin(limits, unsuitable, this.cancellation);
      const answer = await waitFor(asked, this.cancellation);
      if (answer === undefined) throw declined();
      this.answers.rememberPin(answer);
      if (pinFault(answer, limits) === undefined) return;
    }
    throw unsuitablePin(pinFault(this.answers.pin ?? '', limits) ?? 'length', limits);
  }
}

export function loginRefused(facts: FailureFacts): Failure {
  return new Failure('login-refused', 'the server did not accept the login', facts);
}

function declined(): Failure {
  return new Failure('cancelled', 'the person did not answer');
}
