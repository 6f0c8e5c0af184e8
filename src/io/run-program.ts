import Gio from 'gi://Gio';
import { gioCall } from './network-call.js';

export interface ProgramEnd {
  readonly successful: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without input.
 * @param environment set beside the program's own
 * @returns undefined when it cannot be started
 */
export async function runProgram(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd | undefined> {
  const { STDOUT_PIPE, STDERR_PIPE } = Gio.SubprocessFlags;
  const launcher = new Gio.SubprocessLauncher({ flags: STDOUT_PIPE | STDERR_PIPE });
  for (const [name, value] of Object.entries(environment)) launcher.setenv(name, value, true);
  try {
    const process = launcher.spawnv([...command]);
    return await gioCall(
      done => process.communicate_utf8_async(null, null, done),
      result => {
        const [, stdout, stderr] = process.communicate_utf8_finish(result);
        return { successful: process.get_successful(), stdout, stderr };
      },
    );
  } catch {
    return undefined;
  }
}
