import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import type { ShimLauncher, ShimProcess } from '../pcsc/types.js';
import { pace } from './pace.js';

/** Bytes that a pipe which can be written to takes without blocking: PIPE_BUF. */
const atOnce = 4096;

interface Pipes {
  readonly input: Gio.OutputStream & Gio.PollableOutputStream;
  readonly output: Gio.InputStream;
}

function readSome(stream: Gio.InputStream, limit: number): Promise<Uint8Array> {
  pace();
  return new Promise((resolve, reject) => {
    stream.read_bytes_async(limit, GLib.PRIORITY_DEFAULT, null, (_stream, result) => {
      try {
        resolve(stream.read_bytes_finish(result).toArray());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function writeAll(stream: Gio.OutputStream, bytes: Uint8Array): Promise<void> {
  pace();
  return new Promise((resolve, reject) => {
    stream.write_all_async(bytes, GLib.PRIORITY_DEFAULT, null, (_stream, result) => {
      try {
        stream.write_all_finish(result);
        resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

class GioShim implements ShimProcess {
  /** The write that is under way, where one could not be done at once. */
  private writing: Promise<void> | undefined;

  public constructor(
    private readonly process: Gio.Subprocess,
    private readonly pipes: Pipes,
  ) {}

  public read(limit: number): Promise<Uint8Array> {
    return readSome(this.pipes.output, limit);
  }

  public write(bytes: Uint8Array): Promise<void> {
    const { input } = this.pipes;
    if (this.writing === undefined && bytes.length <= atOnce && input.is_writable()) {
      try {
        input.write_all(bytes, null);
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
    const done = (this.writing ?? Promise.resolve()).then(() => writeAll(input, bytes));
    this.writing = done;
    const over = (): void => {
      if (this.writing === done) this.writing = undefined;
    };
    done.then(over, over);
    return done;
  }

  public kill(): void {
    this.process.force_exit();
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
    const output = process.get_stdout_pipe();
    if (input === null || output === null) throw new Failure('internal', 'a subprocess without pipes');
    return new GioShim(process, { input, output });
  };
}
