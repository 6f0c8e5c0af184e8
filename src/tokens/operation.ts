import { Cancellation } from '../base/cancellation.js';
import { asFailure, Failure, type FailureReason } from '../base/failure.js';
import type { KeyCheck } from '../card/key-check.js';
import type { OperationKind, ProgressStep } from '../protocol/progress.js';
import type { Token } from './token.js';

export type { OperationKind };
/** What is done on the card alone, by who knows its PIN. */
export type CardTaskKind = 'test-card' | 'change-password';
/** Whatever makes a card BUSY. */
export type WorkKind = OperationKind | CardTaskKind;
export type OperationStep =
  | ProgressStep
  | 'checking'
  | 'waiting-for-card-password'
  | 'testing-keys'
  | 'changing-password'
  /** Until the card has finished what it does, and was read again. */
  | 'cancelling';

/** How an operation ended: once, after the card was read again. */
export interface OperationEnd {
  /** Undefined: done, and the card shows it. */
  readonly failure?: Failure;
  /** The card may be another than before. */
  readonly cardTouched: boolean;
  /** Of `test-card`: how each key did; none where it did not come so far. */
  readonly keyChecks?: readonly KeyCheck[];
}

/** An operation that runs on a token: its progress, and the way to cancel it. */
export class Operation {
  private current: { fraction: number; step: OperationStep } = { fraction: 0, step: 'connecting' };

  public constructor(
    public readonly kind: WorkKind,
    public readonly finished: Promise<OperationEnd>,
    private readonly cancellation: Cancellation,
  ) {}

  /**
   * Begins work on a token, which is BUSY until it has ended, however it does: `finished` never rejects.
   * @param work gets the cancellation, and tells how far it is
   * @param refusal why nothing is to be begun
   */
  public static begin(
    token: Token,
    kind: WorkKind,
    work: (cancellation: Cancellation, advance: Operation['advance']) => Promise<OperationEnd>,
    refusal = refusalOf(token, kind),
  ): Operation {
    const cancellation = new Cancellation();
    if (refusal !== undefined)
      return new Operation(kind, Promise.resolve({ failure: refusal, cardTouched: false }), cancellation);
    let operation: Operation | undefined = undefined as Operation | undefined;
    const run = async (): Promise<OperationEnd> => {
      try {
        return await work(cancellation, (fraction, step) => {
          operation?.advance(fraction, step);
          token.emit('changed');
        });
      } catch (error) {
        return { failure: asFailure(error), cardTouched: false };
      } finally {
        token.setOperation(undefined);
      }
    };
    // The first step is taken in a later turn, when the token knows the operation.
    operation = new Operation(kind, Promise.resolve().then(run), cancellation);
    token.setOperation(operation);
    cancellation.onCancelled(() => {
      operation.advance(0, 'cancelling');
      token.emit('changed');
    });
    return operation;
  }

  /** `fraction` is 0 to 1 and never decreases. */
  public get progress(): { readonly fraction: number; readonly step: OperationStep } {
    return this.current;
  }

  /** What has been cancelled takes no further step. */
  public advance(fraction: number, step: OperationStep): void {
    const { cancelled } = this.cancellation;
    this.current = {
      fraction: Math.max(this.current.fraction, fraction),
      step: cancelled ? 'cancelling' : step,
    };
  }

  public cancel(): void {
    this.cancellation.cancel();
  }
}

/** Why the work makes no sense with this card as it is; undefined when it does. */
export function refusalOf(token: Token, kind: WorkKind): Failure | undefined {
  const { reader, known, operation, summary } = token;
  if (operation !== undefined) return new Failure('card-busy', 'an operation runs on this card', { reader });
  if (known.kind === 'unreadable') return known.failure;
  if (token.loss !== undefined) return token.loss;
  if (token.allows(kind)) return undefined;
  const named = summary?.kind ?? '?';
  const reason = whyUnsuitable(token, kind);
  return new Failure('unsuitable-card', `${kind} with a card of the kind ${named}`, {
    reader,
    reason,
    named,
  });
}

function whyUnsuitable({ isCoolKey }: Token, kind: WorkKind): FailureReason {
  if (kind === 'test-card') return isCoolKey ? 'no-keys-yet' : 'keys-of-other-kind';
  return isCoolKey && kind !== 'enroll' && kind !== 'format' ? 'no-password-yet' : 'card-only-shown';
}
