import type { Operation } from '../tokens/operation.js';
import { columnsOf, padTo } from '../io/columns.js';
import { isTerminal, writeTo } from '../io/terminal.js';
import { _ } from '../io/text.js';

/** Shows how far an operation is, on standard error. Call it with every change; `end` clears the line. */
export interface ProgressDisplay {
  show(operation: Operation): void;
  end(): void;
}

export type ProgressKind = 'bar' | 'json' | 'none';

/** @param command what the lines call the operation */
export function progressDisplay(progress: ProgressKind, command: string): ProgressDisplay {
  if (progress === 'json') return new JsonProgress(command);
  return progress === 'bar' && isTerminal(2)
    ? new ProgressBar()
    : { show: () => undefined, end: () => undefined };
}

class JsonProgress implements ProgressDisplay {
  private last = '';

  public constructor(private readonly command: string) {}

  public show({ progress }: Operation): void {
    const fraction = Math.round(progress.fraction * 10_000) / 10_000;
    const line = JSON.stringify({
      event: 'progress',
      operation: this.command,
      fraction,
      step: progress.step,
    });
    if (line === this.last) return;
    this.last = line;
    writeTo(2, `${line}\n`);
  }

  public end(): void {
    this.last = '';
  }
}

const width = 40;

class ProgressBar implements ProgressDisplay {
  private last = '';

  public show({ progress }: Operation): void {
    if (progress.step.startsWith('waiting-for-')) {
      // The line is for questions now.
      this.end();
      return;
    }
    this.write(
      progress.step === 'cancelling' ? _('Cancelling: waiting for the card…') : barOf(progress.fraction),
    );
  }

  public end(): void {
    if (this.last !== '') writeTo(2, `\r${' '.repeat(columnsOf(this.last))}\r`);
    this.last = '';
  }

  private write(line: string): void {
    if (line === this.last) return;
    writeTo(2, `\r${padTo(columnsOf(this.last), line)}`);
    this.last = line;
  }
}

function barOf(fraction: number): string {
  const full = Math.round(fraction * width);
  const percent = Math.floor(fraction * 100);
  return `[${'#'.repeat(full)}${' '.repeat(width - full)}] ${String(percent).padStart(3)} %`;
}
