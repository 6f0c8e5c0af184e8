import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { Failure } from '../../src/base/failure.js';

/** Milliseconds for which changes are gathered before they are written. */
const gathering = 50;

/**
 * A JSON file that is replaced as a whole: a process that is killed at any moment leaves the last state or
 * the one before, never half of one. Readable for its owner alone.
 */
export class StateFile<State> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private dirty = false;

  /** @param current gives the state to be written, whenever that is. */
  public constructor(
    private readonly path: string,
    private readonly current: () => State,
  ) {}

  /**
   * @returns undefined when there is no such file.
   * @throws Failure `malformed-data` when it is not JSON.
   */
  public static read(path: string): unknown {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Failure('malformed-data', `${path} does not hold a card`, {}, { cause: error });
    }
  }

  /** Writes soon; what changes until then goes along. Where that fails, flush() tries again. */
  public changed(): void {
    this.dirty = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      try {
        this.flush();
      } catch {
        // Still dirty, and the next flush() tells.
      }
    }, gathering);
  }

  /** Writes what has changed, now. @throws the error of the file system */
  public flush(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.dirty) return;
    this.write();
    this.dirty = false;
  }

  private write(): void {
    const temporary = `${this.path}.${process.pid}.new`;
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, JSON.stringify(this.current()));
    } finally {
      closeSync(file);
    }
    renameSync(temporary, this.path);
  }
}
