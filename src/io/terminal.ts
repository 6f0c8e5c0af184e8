import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';

/** Writes raw text to standard output (1) or standard error (2). */
export function writeTo(fd: 1 | 2, text: string): void {
  const channel = GLib.IOChannel.unix_new(fd);
  channel.set_encoding(null);
  channel.set_buffered(false);
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    const [, written] = channel.write_chars(bytes, bytes.length);
    bytes = bytes.subarray(written);
  }
}

export function isTerminal(fd: 0 | 1 | 2): boolean {
  // GLib has no isatty of its own; on Unix this one asks just that.
  return GLib.log_writer_supports_color(fd);
}

/** All of standard input. @throws Failure `usage` when it cannot be read or is longer than `limit` bytes. */
export function readStandardInput(limit = 65536): Uint8Array {
  return readFile('/dev/stdin', limit);
}

/** All of a file, at most `limit` bytes. @throws Failure `usage` */
export function readFile(path: string, limit = 65536): Uint8Array {
  try {
    const stream = Gio.File.new_for_path(path).read(null);
    const parts: number[] = [];
    for (;;) {
      const bytes = stream.read_bytes(4096, null).toArray();
      if (bytes.length === 0) return Uint8Array.from(parts);
      parts.push(...bytes);
      if (parts.length > limit) throw new Failure('usage', `${path} is too long`);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('usage', `${path} cannot be read: ${(error as GLib.Error).message}`);
  }
}

/**
 * Asks on the controlling terminal for one line, with or without echo.
 * @returns undefined at the end of input. @throws Failure `usage` where there is no terminal.
 */
export async function askOnTerminal(question: string, echo: boolean): Promise<string | undefined> {
  const terminal = openTerminal();
  const write = (text: string): void => {
    terminal.output_stream.write_all(new TextEncoder().encode(text), null);
  };
  write(question);
  if (!echo) setEcho(false);
  try {
    const lines = new Gio.DataInputStream({ base_stream: terminal.input_stream });
    return await new Promise<string | undefined>((resolve, reject) => {
      lines.read_line_async(GLib.PRIORITY_DEFAULT, null, (_stream, result) => {
        try {
          const [line] = lines.read_line_finish_utf8(result);
          resolve(line ?? undefined);
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  } finally {
    if (!echo) {
      setEcho(true);
      write('\n');
    }
  }
}

function openTerminal(): Gio.FileIOStream {
  try {
    return Gio.File.new_for_path('/dev/tty').open_readwrite(null);
  } catch {
    throw new Failure('usage', 'there is no terminal to ask on');
  }
}

function setEcho(on: boolean): void {
  const stty = Gio.Subprocess.new(
    ['stty', '-F', '/dev/tty', on ? 'echo' : '-echo'],
    Gio.SubprocessFlags.NONE,
  );
  stty.wait(null);
}
