import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { namesIn } from './folder.js';
import { messageOf } from './network-failure.js';

export interface LogFileLimits {
  /** Bytes at which a file is put aside and a new one begun. */
  readonly file: number;
  /** Files that are put aside and kept. */
  readonly kept: number;
}

const usualLimits: LogFileLimits = { file: 256 * 1024, kept: 3 };
const sizeAttribute = Gio.FILE_ATTRIBUTE_STANDARD_SIZE;
const current = 'events.jsonl';
/** Those put aside: the time in microseconds, then who did it, so that no two processes ever choose the same name. */
const aside = /^events-\d{16}-\d+\.jsonl$/;

/**
 * Lines that several processes append to at the same time, kept over restarts and bounded: `events.jsonl`, and beside it
 * the full ones before it. Each line is one write(2) to a file opened with O_APPEND, so that lines neither mix nor get lost.
 * Only the user can read them (0600, in a folder of 0700).
 */
export class LogFile {
  /** Of the user, beside other programs' state: $XDG_STATE_HOME/esc. */
  public static ofUser(): LogFile {
    return new LogFile(`${GLib.get_user_state_dir()}/esc`);
  }

  private lastProblem: string | undefined;

  public constructor(
    public readonly folder: string,
    private readonly limits: LogFileLimits = usualLimits,
  ) {}

  /** Why the last line could not be written, in the words of the system; undefined when it could. */
  public get problem(): string | undefined {
    return this.lastProblem;
  }

  /** Writes a line. Never throws: a log that cannot be written disturbs nobody. @param line without newlines */
  public append(line: string): void {
    try {
      const size = this.write(new TextEncoder().encode(`${line}\n`));
      if (size > this.limits.file) this.putAside();
      this.lastProblem = undefined;
    } catch (error) {
      this.lastProblem = messageOf(error);
    }
  }

  /** Every line that is kept, the oldest first; none where nothing can be read. */
  public lines(): string[] {
    return [...this.asideNames(), current].flatMap(name => this.textOf(name).split('\n')).filter(Boolean);
  }

  /** Called when any process has written something. @returns ends the subscription */
  public onChange(listener: () => void): () => void {
    const folder = Gio.File.new_for_path(this.folder);
    const monitor = folder.monitor_directory(Gio.FileMonitorFlags.NONE, null);
    monitor.connect('changed', listener);
    return () => monitor.cancel();
  }

  /** @returns the size of the file afterwards. @throws GLib.Error */
  private write(bytes: Uint8Array): number {
    const stream = this.open();
    try {
      const written = stream.write(bytes, null);
      // The rest of a line on a disk that is full would stand in front of the next one.
      if (written < bytes.length) stream.write(new TextEncoder().encode('\n'), null);
      return stream.query_info(sizeAttribute, null).get_size();
    } finally {
      stream.close(null);
    }
  }

  private open(): Gio.FileOutputStream {
    const file = this.file(current);
    try {
      return file.append_to(Gio.FileCreateFlags.PRIVATE, null);
    } catch (error) {
      if (!(error instanceof GLib.Error) || !error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))
        throw error;
      GLib.mkdir_with_parents(this.folder, 0o700);
      return file.append_to(Gio.FileCreateFlags.PRIVATE, null);
    }
  }

  /** Another process may do so at the same moment: each puts a file aside under a name of its own. */
  private putAside(): void {
    const full = this.file(current);
    const info = full.query_info(sizeAttribute, Gio.FileQueryInfoFlags.NONE, null);
    if (info.get_size() <= this.limits.file) return;
    const time = String(GLib.get_real_time()).padStart(16, '0');
    const pid = Number(new Gio.Credentials().get_unix_pid());
    const { NO_FALLBACK_FOR_MOVE } = Gio.FileCopyFlags;
    full.move(this.file(`events-${time}-${pid}.jsonl`), NO_FALLBACK_FOR_MOVE, null, null);
    for (const name of this.asideNames().slice(0, -this.limits.kept)) GLib.unlink(`${this.folder}/${name}`);
  }

  private asideNames(): string[] {
    return namesIn(this.folder).filter(name => aside.test(name));
  }

  private textOf(name: string): string {
    try {
      return new TextDecoder().decode(this.file(name).load_contents(null)[1]);
    } catch {
      // Put aside or deleted by another process meanwhile, or never there.
      return '';
    }
  }

  private file(name: string): Gio.File {
    return Gio.File.new_for_path(`${this.folder}/${name}`);
  }
}
