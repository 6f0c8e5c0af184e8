import { Cancellation } from '../../base/cancellation.js';
import { asFailure, type Failure } from '../../base/failure.js';
import { explain } from '../sentences.js';

export type CheckId = 'pcscd' | 'readers' | 'card' | 'phone-home' | 'tps' | 'tls' | 'pkcs11';
export type CheckState = 'waiting' | 'running' | 'fine' | 'failed' | 'skipped';

/** What a check found. A failure is thrown instead. */
export interface Finding {
  readonly state: 'fine' | 'skipped';
  /** A sentence. */
  readonly found: string;
}

/** One thing that is tested. */
export interface Check {
  readonly id: CheckId;
  /** Without these it makes no sense. */
  readonly needs: readonly CheckId[];
  /** @throws Failure what is wrong */
  run(cancellation: Cancellation): Promise<Finding>;
}

/** How far a check is, and what came of it. */
export interface CheckResult {
  readonly id: CheckId;
  readonly state: CheckState;
  /** What was found, in a sentence; '' until it is known, and of a check that could not be made. */
  readonly found: string;
  /** What to do about a failure; '' where there is none. */
  readonly next: string;
  readonly failure?: Failure;
}

/** Tests one thing after the other; a failure does not keep the others from being tested. */
export class CheckUp {
  private readonly found = new Map<CheckId, CheckResult>();
  private readonly cancellation = new Cancellation();

  /** @param onChange is called with each change of a result */
  public constructor(
    private readonly checks: readonly Check[],
    private readonly onChange: (result: CheckResult) => void = () => undefined,
  ) {
    for (const { id } of checks) this.found.set(id, { id, state: 'waiting', found: '', next: '' });
  }

  /** In the order of the checks. */
  public get results(): readonly CheckResult[] {
    return [...this.found.values()];
  }

  /** What has not been tested is skipped. */
  public cancel(): void {
    this.cancellation.cancel();
  }

  /** Never rejects. To be called once. */
  public async run(): Promise<void> {
    for (const check of this.checks) await this.runOne(check);
  }

  private async runOne(check: Check): Promise<void> {
    const { id, needs } = check;
    if (this.cancellation.cancelled || needs.some(need => this.found.get(need)?.state !== 'fine'))
      return this.set({ id, state: 'skipped', found: '', next: '' });
    this.set({ id, state: 'running', found: '', next: '' });
    try {
      this.set({ id, ...(await check.run(this.cancellation)), next: '' });
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'cancelled') return this.set({ id, state: 'skipped', found: '', next: '' });
      const { what, next } = explain(failure);
      this.set({ id, state: 'failed', found: what, next, failure });
    }
  }

  private set(result: CheckResult): void {
    this.found.set(result.id, result);
    this.onChange(result);
  }
}
