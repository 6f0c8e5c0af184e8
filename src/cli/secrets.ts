import type { Cancellation } from '../base/cancellation.js';
import { isTerminal, readFile, readStandardInput } from '../io/terminal.js';
import { usage } from './told.js';

/** The password for the server and the new PIN, or the present PIN and the new one, where files give them. */
export interface Secrets {
  readonly password?: string;
  readonly pin?: string;
}

/** Bytes: more than any password has. */
const longest = 4096;

/**
 * Reads the files of two options, such as --password-file and --pin-file. `-` is standard input; when both are,
 * its first line is the password and its second the PIN. One trailing newline is dropped.
 * @throws Failure `usage`, `cancelled`
 */
export async function readSecrets(
  passwordFile: string | undefined,
  pinFile: string | undefined,
  cancellation: Cancellation,
): Promise<Secrets> {
  const read = (path: string): Promise<string> => readText(path, cancellation);
  if (passwordFile === '-' && pinFile === '-') {
    const [password = '', pin] = (await read('-')).split(/\r?\n/);
    if (pin === undefined) throw usage('standard input has one line; two passwords need two');
    return { password: present(password, '-'), pin: present(pin, '-') };
  }
  return {
    ...(passwordFile === undefined ? {} : { password: only(await read(passwordFile), passwordFile) }),
    ...(pinFile === undefined ? {} : { pin: only(await read(pinFile), pinFile) }),
  };
}

function only(text: string, path: string): string {
  return present(text.replace(/\r?\n$/, ''), path);
}

function present(secret: string, path: string): string {
  if (secret === '')
    throw path === '-'
      ? usage('standard input holds no password')
      : usage('{file} holds no password', { file: path });
  return secret;
}

async function readText(path: string, cancellation: Cancellation): Promise<string> {
  if (path === '-' && isTerminal(0))
    throw usage('what is typed on a terminal can be seen: leave “-” out to be asked without echo');
  const bytes = await (path === '-'
    ? readStandardInput(longest, cancellation)
    : readFile(path, longest, cancellation));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw path === '-'
      ? usage('standard input is not text in UTF-8')
      : usage('{file} is not text in UTF-8', { file: path });
  }
}
