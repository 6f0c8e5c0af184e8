import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import { waitFor } from '../base/waiting.js';
import { systemClock } from '../io/clock.js';
import { gioCall } from '../io/network-call.js';
import { messageOf } from '../io/network-failure.js';

/** Milliseconds; a tool loads every module of the profile, and those ask every card. */
const patience = 60_000;

/** How a tool ended. */
interface ToolEnd {
  /** By its exit status, which the tools do not always set. */
  readonly succeeded: boolean;
  readonly output: string;
  /** What it complained of, on one line: the reason where what was wanted has not come about. Never empty. */
  readonly complaint: string;
}

/**
 * Runs one of the tools of NSS to its end.
 * @param secret what the tool asks for, given over standard input and wiped then; never an argument.
 * @throws Failure `nss-tools-missing`; `nss-refused` when it does not end
 */
export async function runNssTool(
  tool: 'modutil' | 'certutil',
  args: readonly string[],
  secret = '',
): Promise<ToolEnd> {
  const { STDIN_PIPE, STDOUT_PIPE, STDERR_PIPE } = Gio.SubprocessFlags;
  const launcher = new Gio.SubprocessLauncher({ flags: STDIN_PIPE | STDOUT_PIPE | STDERR_PIPE });
  // Their words are looked at here.
  launcher.setenv('LC_ALL', 'C', true);
  let process: Gio.Subprocess;
  try {
    process = launcher.spawnv([tool, ...args]);
  } catch (error) {
    throw new Failure('nss-tools-missing', messageOf(error), {}, { cause: error });
  }
  give(process, secret);
  const work = Promise.all([
    textFrom(process.get_stdout_pipe()),
    textFrom(process.get_stderr_pipe()),
    gioCall(
      done => process.wait_async(null, done),
      result => process.wait_finish(result),
    ),
  ]);
  try {
    const [output, errors] = await waitFor(work, undefined, {
      clock: systemClock,
      milliseconds: patience,
      failure: () =>
        new Failure('nss-refused', 'it did not end', { reason: 'tool-without-end', named: tool }),
    });
    const complaint = errors.replace(/\s+/g, ' ').trim();
    const succeeded = process.get_successful();
    return { succeeded, output, complaint: complaint || `${tool} did not do it` };
  } catch (error) {
    process.force_exit();
    throw error;
  }
}

/**
 * A line fits in the pipe, so that writing it does not wait for the tool. Gio's own `communicate` fails as a whole
 * when the tool ends before it has read.
 */
function give(process: Gio.Subprocess, secret: string): void {
  const input = new TextEncoder().encode(`${secret}\n`);
  const pipe = process.get_stdin_pipe();
  try {
    pipe?.write_all(input, null);
    pipe?.close(null);
  } catch {
    // It ended without asking, as most do.
  } finally {
    input.fill(0);
  }
}

async function textFrom(pipe: Gio.InputStream | null): Promise<string> {
  if (pipe === null) return '';
  const all = Gio.MemoryOutputStream.new_resizable();
  const { CLOSE_SOURCE, CLOSE_TARGET } = Gio.OutputStreamSpliceFlags;
  await gioCall(
    done => all.splice_async(pipe, CLOSE_SOURCE | CLOSE_TARGET, GLib.PRIORITY_DEFAULT, null, done),
    result => all.splice_finish(result),
  );
  return new TextDecoder().decode(all.steal_as_bytes().toArray());
}
