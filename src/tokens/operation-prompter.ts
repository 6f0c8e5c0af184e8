import type { Cancellation } from '../base/cancellation.js';
import type { Failure } from '../base/failure.js';
import type { UntrustedServer } from '../base/untrusted-server.js';
import type { Prompter, ServerAddress } from '../protocol/ports.js';

export type PlainHttpAnswer = 'no' | 'this-run' | 'always';

/** How an operation asks: what the server wants to know, and whether the server may have it. */
export interface OperationPrompter extends Prompter {
  /**
   * Whether a certificate that was shown is to be trusted from now on. Absent: it is not.
   * @param lock why it cannot be, where an administrator decides that
   */
  trust?(server: UntrustedServer, lock: Failure | undefined, cancellation: Cancellation): Promise<boolean>;
  /**
   * Whether login and card password may go to a server without encryption. Absent: they may not.
   * @param canRemember whether `always` can be kept
   * @throws Failure `plain-http` where nobody can be asked
   */
  plainHttp?(
    server: ServerAddress,
    canRemember: boolean,
    cancellation: Cancellation,
  ): Promise<PlainHttpAnswer>;
}

/** One that can be asked whether a server is to be trusted. */
export type TrustingPrompter = Prompter & Pick<Required<OperationPrompter>, 'trust'>;
