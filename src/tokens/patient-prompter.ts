import { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import type { UntrustedServer } from '../base/untrusted-server.js';
import { waitFor } from '../base/waiting.js';
import type { LoginAnswers, LoginRequest, PinLimits, ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import type { OperationPrompter, PlainHttpAnswer } from './operation-prompter.js';
import type { Token } from './token.js';

/**
 * Asks as long as it takes, but not beyond the cancellation, whatever the question makes of that,
 * nor when the card is gone: then the question is taken back.
 * @throws Failure `cancelled`, or why the card is gone
 */
export async function askPatiently<T>(
  token: Token,
  cancellation: Cancellation,
  question: (takenBack: Cancellation) => Promise<T>,
): Promise<T> {
  const takenBack = new Cancellation();
  const forget = cancellation.onCancelled(() => takenBack.cancel());
  const takeBackWhenGone = (): void => {
    if (token.gone) takenBack.cancel();
  };
  const handler = token.connect('changed', takeBackWhenGone);
  takeBackWhenGone();
  try {
    takenBack.throwIfCancelled();
    const answer = await waitFor(question(takenBack), takenBack);
    if (token.loss !== undefined) throw token.loss;
    return answer;
  } catch (error) {
    throw cancellation.cancelled ? error : (token.loss ?? error);
  } finally {
    token.disconnect(handler);
    forget();
  }
}

/** A prompter that asks as above. */
export class PatientPrompter implements Required<OperationPrompter> {
  public constructor(
    private readonly prompter: OperationPrompter,
    private readonly token: Token,
  ) {}

  public login(request: LoginRequest, cancellation: Cancellation): Promise<LoginAnswers | undefined> {
    return this.ask(cancellation, takenBack => this.prompter.login(request, takenBack));
  }

  public newPin(
    limits: PinLimits,
    unsuitable: 'length' | 'characters' | undefined,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    return this.ask(cancellation, takenBack => this.prompter.newPin(limits, unsuitable, takenBack));
  }

  public trust(
    server: UntrustedServer,
    lock: Failure | undefined,
    cancellation: Cancellation,
  ): Promise<boolean> {
    return this.ask(cancellation, async takenBack => this.prompter.trust?.(server, lock, takenBack) ?? false);
  }

  public plainHttp(
    server: ServerAddress,
    canRemember: boolean,
    cancellation: Cancellation,
  ): Promise<PlainHttpAnswer> {
    return this.ask(cancellation, takenBack => {
      if (this.prompter.plainHttp !== undefined)
        return this.prompter.plainHttp(server, canRemember, takenBack);
      throw new Failure('plain-http', 'nobody was asked', { server: serverName(server) });
    });
  }

  private ask<T>(cancellation: Cancellation, question: (takenBack: Cancellation) => Promise<T>): Promise<T> {
    return askPatiently(this.token, cancellation, question);
  }
}
