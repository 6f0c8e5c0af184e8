import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Cancellation } from '../base/cancellation.js';
import { deferred } from '../base/deferred.js';
import { asFailure, Failure, type FailureReason } from '../base/failure.js';
import { waitFor } from '../base/waiting.js';
import { gioCall } from './network-call.js';
import { readAll } from './read-all.js';

/** Microseconds between two tries to write to a pipe that is full and was set not to block. */
const fullPipePause = 5000;

/**
 * Writes text or bytes to standard output (1) or standard error (2).
 * @throws Failure `usage` when standard output cannot be written; of standard error nobody can be told.
 */
export function writeTo(fd: 1 | 2, content: string | Uint8Array): void {
  const channel = GLib.IOChannel.unix_new(fd);
  channel.set_encoding(null);
  channel.set_buffered(false);
  let bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  try {
    while (bytes.length > 0) {
      const [status, written] = channel.write_chars(bytes, bytes.length);
      bytes = bytes.subarray(written);
      if (status === GLib.IOStatus.AGAIN) GLib.usleep(fullPipePause);
    }
  } catch (error) {
    if (fd === 1) throw unusable('output-unwritable', 'standard output', error);
  }
}

export function isTerminal(fd: 0 | 1 | 2): boolean {
  // GLib has no isatty of its own; on Unix this one asks just that.
  return GLib.log_writer_supports_color(fd);
}

/** All of standard input. @throws Failure `usage` when it cannot be read or is longer than `limit` bytes. */
export function readStandardInput(limit: number, cancellation: Cancellation): Promise<Uint8Array> {
  return reading('input-unreadable', 'standard input', cancellation, () => {
    // Another program reads it for us: GJS has nothing that reads a file descriptor on every version of GLib,
    // and opening /dev/stdin fails for a socket and starts a file anew.
    const { STDIN_INHERIT, STDOUT_PIPE } = Gio.SubprocessFlags;
    const head = Gio.Subprocess.new(['head', '-c', `${limit + 1}`], STDIN_INHERIT | STDOUT_PIPE);
    const stream = head.get_stdout_pipe();
    if (stream === null) throw new Failure('internal', 'a subprocess without pipes');
    return readWhole(
      stream,
      limit,
      new Failure('usage', 'standard input is too long', { reason: 'input-too-long' }),
    );
  });
}

/** Writes a file, over what was there. @throws Failure `usage` when that is not possible */
export function writeFile(path: string, bytes: Uint8Array): void {
  try {
    Gio.File.new_for_path(path).replace_contents(bytes, null, false, Gio.FileCreateFlags.NONE, null);
  } catch (error) {
    throw unusable('file-unwritable', path, error);
  }
}

/** All of a file, at most `limit` bytes. @throws Failure `usage` */
export function readFile(path: string, limit: number, cancellation: Cancellation): Promise<Uint8Array> {
  return reading('file-unreadable', path, cancellation, async () => {
    const file = Gio.File.new_for_path(path);
    const stream = await gioCall(
      done => file.read_async(GLib.PRIORITY_DEFAULT, null, done),
      result => file.read_finish(result),
    );
    const named = path;
    return readWhole(
      stream,
      limit,
      new Failure('usage', `${path} is too long`, { reason: 'file-too-long', named }),
    );
  });
}

function readWhole(stream: Gio.InputStream, limit: number, tooLong: Failure): Promise<Uint8Array> {
  return readAll(stream, limit, () => tooLong);
}

/** Reading may block for ever, as with a pipe that nobody writes to; so it is waited for, but not to the end. */
async function reading(
  reason: FailureReason,
  named: string,
  cancellation: Cancellation,
  work: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await waitFor(Promise.resolve().then(work), cancellation);
  } catch (error) {
    const failure = asFailure(error);
    throw failure.code === 'internal' ? unusable(reason, named, error) : failure;
  }
}

function unusable(reason: FailureReason, named: string, error: unknown): Failure {
  return new Failure('usage', `${named}: ${asFailure(error).detail}`, { reason, named }, { cause: error });
}

/**
 * Asks on the controlling terminal for one line, with or without echo; the terminal is as before then,
 * whatever happens.
 * @returns undefined at the end of input.
 * @throws Failure `usage` where there is no terminal, `cancelled`
 */
export async function askOnTerminal(
  question: string,
  echo: boolean,
  cancellation: Cancellation,
): Promise<string | undefined> {
  const terminal = openTerminal();
  const restore = echo ? () => undefined : turnEchoOff();
  try {
    write(terminal, question);
    return await readLine(terminal, cancellation);
  } finally {
    restore();
    if (!echo || cancellation.cancelled) write(terminal, '\n');
    terminal.shutdown(true);
  }
}

/** None that is fit to ask on. */
function noTerminal(detail: string, cause?: unknown): Failure {
  return new Failure('usage', detail, { reason: 'no-terminal' }, { cause });
}

function openTerminal(): GLib.IOChannel {
  try {
    const terminal = GLib.IOChannel.new_file('/dev/tty', 'r+');
    terminal.set_encoding(null);
    return terminal;
  } catch (error) {
    throw noTerminal('there is no terminal to ask on', error);
  }
}

function write(terminal: GLib.IOChannel, text: string): void {
  const bytes = new TextEncoder().encode(text);
  terminal.write_chars(bytes, bytes.length);
  terminal.flush();
}

/** A terminal gives whole lines, so that reading one does not block once there is something to read. */
async function readLine(terminal: GLib.IOChannel, cancellation: Cancellation): Promise<string | undefined> {
  const { IN, HUP, ERR } = GLib.IOCondition;
  const something = deferred<undefined>();
  const source = GLib.io_add_watch(terminal, GLib.PRIORITY_DEFAULT, IN | HUP | ERR, () => {
    something.resolve(undefined);
    return GLib.SOURCE_CONTINUE;
  });
  try {
    await waitFor(something.promise, cancellation);
    const [status, line] = terminal.read_line();
    return status === GLib.IOStatus.NORMAL ? line.replace(/\n$/, '') : undefined;
  } catch (error) {
    throw error instanceof Failure ? error : noTerminal('what was typed cannot be read', error);
  } finally {
    GLib.source_remove(source);
  }
}

/** @returns gives the terminal back as it was. @throws Failure `usage`: nothing is asked where all can read it. */
function turnEchoOff(): () => void {
  const before = stty('-g').trim();
  stty('-echo');
  return () => void stty(before);
}

function stty(argument: string): string {
  const { STDOUT_PIPE, STDERR_SILENCE } = Gio.SubprocessFlags;
  const process = Gio.Subprocess.new(['stty', '-F', '/dev/tty', argument], STDOUT_PIPE | STDERR_SILENCE);
  const [, output] = process.communicate_utf8(null, null);
  if (!process.get_successful()) throw noTerminal('the echo of the terminal cannot be turned off');
  return output;
}
