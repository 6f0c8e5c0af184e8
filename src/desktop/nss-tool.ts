import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import { Failure } from '../base/failure.js';
import { systemClock } from '../io/clock.js';
import { gioCall } from '../io/network-call.js';
import { messageOf } from '../io/network-failure.js';
import { waitFor } from '../protocol/waiting.js';

/** Milliseconds; a tool loads every module of the profile, and those ask every card. */
const patience = 60_000;

/** How a tool ended. */
export interface ToolEnd {
  /** 0 is success. */
  readonly status: number;
  readonly output: string;
  /** What it complained of, on one line. */
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
  const input = new TextEncoder().encode(`${secret}\n`);
  const work = gioCall(
    done => process.communicate_async(new GLib.Bytes(input), null, done),
    result => process.communicate_finish(result),
  );
  input.fill(0);
  try {
    const [, output, errors] = await waitFor(work, undefined, {
      clock: systemClock,
      milliseconds: patience,
      failure: () => new Failure('nss-refused', `${tool} did not end`),
    });
    const status = process.get_if_exited() ? process.get_exit_status() : -1;
    return { status, output: textOf(output), complaint: textOf(errors).replace(/\s+/g, ' ').trim() };
  } catch (error) {
    process.force_exit();
    throw error;
  }
}

function textOf(bytes: GLib.Bytes | null): string {
  return new TextDecoder().decode(bytes?.toArray() ?? new Uint8Array());
}
