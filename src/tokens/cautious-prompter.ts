import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import type { UntrustedServer } from '../base/untrusted-server.js';
import type { LoginAnswers, LoginRequest, PinLimits, ServerAddress } from '../protocol/ports.js';
import { serverName } from '../protocol/url.js';
import type { OperationPrompter, TrustingPrompter } from './operation-prompter.js';
import type { PlainHttp } from './plain-http.js';

/**
 * Asks for no secret that would go to its server unprotected before the person has agreed to that.
 * Its methods throw Failure `cancelled` when the person does not, and what those of the prompter within throw.
 */
export class CautiousPrompter implements TrustingPrompter {
  public constructor(
    private readonly prompter: Required<OperationPrompter>,
    private readonly server: ServerAddress,
    private readonly plainHttp: PlainHttp,
  ) {}

  public async login(request: LoginRequest, cancellation: Cancellation): Promise<LoginAnswers | undefined> {
    await this.agree(cancellation);
    return this.prompter.login(request, cancellation);
  }

  public async newPin(
    limits: PinLimits,
    unsuitable: 'length' | 'characters' | undefined,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    await this.agree(cancellation);
    return this.prompter.newPin(limits, unsuitable, cancellation);
  }

  public trust(
    server: UntrustedServer,
    lock: Failure | undefined,
    cancellation: Cancellation,
  ): Promise<boolean> {
    return this.prompter.trust(server, lock, cancellation);
  }

  private async agree(cancellation: Cancellation): Promise<void> {
    const { plainHttp, server } = this;
    if (!plainHttp.needsAnswer(server)) return;
    const answer = await this.prompter.plainHttp(server, plainHttp.canRemember, cancellation);
    if (answer === 'no')
      throw new Failure('cancelled', 'not without encryption', { server: serverName(server) });
    plainHttp.remember(server, answer);
  }
}
