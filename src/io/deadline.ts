import GLib from 'gi://GLib';

/** Does something when a time has passed, unless it is stopped before. */
export class Deadline {
  private source: number | undefined;
  private over = false;

  public constructor(milliseconds: number, onPassed: () => void) {
    this.source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, milliseconds, () => {
      this.source = undefined;
      this.over = true;
      onPassed();
      return GLib.SOURCE_REMOVE;
    });
  }

  public get passed(): boolean {
    return this.over;
  }

  public stop(): void {
    if (this.source !== undefined) GLib.source_remove(this.source);
    this.source = undefined;
  }
}
