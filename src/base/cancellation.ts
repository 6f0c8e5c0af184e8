import { Failure } from './failure.js';

/** A wish to stop, handed down from whoever may cancel. The pure twin of Gio.Cancellable. */
export class Cancellation {
  private readonly listeners = new Set<() => void>();
  private done = false;

  public get cancelled(): boolean {
    return this.done;
  }

  public cancel(): void {
    if (this.done) return;
    this.done = true;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener();
  }

  /**
   * Calls `listener` once when cancelled, at once if that has happened already.
   * @returns takes the listener away again.
   */
  public onCancelled(listener: () => void): () => void {
    if (this.done) {
      listener();
      return () => undefined;
    }
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @throws Failure `cancelled` */
  public throwIfCancelled(): void {
    if (this.done) throw new Failure('cancelled', 'cancelled by the user');
  }
}
