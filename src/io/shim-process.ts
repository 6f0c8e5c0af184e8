import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import type { ShimLauncher, ShimProcess } from '../pcsc/types.js';
import { pace } from './pace.js';

/** Bytes; small, since every read costs the collector a buffer of that size. */
const readSize = 4096;

/** Bytes that a pipe which can be written to takes without blocking: PIPE_BUF. */
const atOnce = 4096;

interface Pipes {
  readonly input: Gio.OutputStream & Gio.PollableOutputStream;
  readonly output: Gio.InputStream & Gio.PollableInputStream;
}

class GioShim implements ShimProcess {
  /** Waiting for room in the pipe, the first of them being written. */
  private readonly waiting: Uint8Array[] = [];

  public constructor(
    private readonly process: Gio.Subprocess,
    private readonly pipes: Pipes,
  ) {}

  /** The process's id; null once it has ended. */
  public get identifier(): string | null {
    return this.process.get_identifier();
  }

  public listen(received: (bytes: Uint8Array) => void): void {
    const { output } = this.pipes;
    // One source for all reads: no closure to make for each, and quicker than an asynchronous read.
    const source = output.create_source(null);
    source.set_callback(() => {
      const bytes = this.read();
      received(bytes);
      return bytes.length > 0;
    });
    source.attach(null);
  }

  public write(bytes: Uint8Array): void {
    const { input } = this.pipes;
    if (this.waiting.length > 0 || bytes.length > atOnce || !input.is_writable()) {
      this.waiting.push(bytes);
      if (this.waiting.length === 1) this.writeNext();
      return;
    }
    try {
      input.write_all(bytes, null);
    } catch {
      this.kill();
    }
    bytes.fill(0);
    pace();
  }

  public kill(): void {
    this.process.force_exit();
  }

  private read(): Uint8Array {
    try {
      return this.pipes.output.read_bytes(readSize, null).toArray();
    } catch (error) {
      logError(error instanceof Error ? error : new Error(String(error)), 'esc-pcsc');
      return new Uint8Array(0);
    }
  }

  private writeNext(): void {
    const bytes = this.waiting[0];
    if (bytes === undefined) return;
    const { input } = this.pipes;
    input.write_all_async(bytes, GLib.PRIORITY_DEFAULT, null, (_input, result) => {
      bytes.fill(0);
      this.waiting.shift();
      try {
        input.write_all_finish(result);
        this.writeNext();
      } catch {
        this.waiting.length = 0;
        this.kill();
      }
    });
    pace();
  }
}

/** @param path of the program esc-pcsc. */
export function shimLauncher(path: string): ShimLauncher {
  // Writing to a shim that has died must be an error and not the signal that ends this program.
  // The first GSocket of a process has SIGPIPE ignored; a script has no other way to that.
  Gio.Socket.new(Gio.SocketFamily.UNIX, Gio.SocketType.STREAM, Gio.SocketProtocol.DEFAULT).close();
  return () => {
    let process: Gio.Subprocess;
    try {
      process = Gio.Subprocess.new([path], Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE);
    } catch (error) {
      throw new Failure('shim-missing', `${path} cannot be started`, {}, { cause: error });
    }
    const input = process.get_stdin_pipe() as Pipes['input'] | null;
    const output = process.get_stdout_pipe() as Pipes['output'] | null;
    if (input === null || output === null) throw new Failure('internal', 'a subprocess without pipes');
    return new GioShim(process, { input, output });
  };
}
