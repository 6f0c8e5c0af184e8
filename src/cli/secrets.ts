import type { Cancellation } from '../base/cancellation.js';
import { Failure } from '../base/failure.js';
import { isTerminal, readFile, readStandardInput } from '../io/terminal.js';
import { _, fill } from '../io/text.js';

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
    if (pin === undefined)
      throw new Failure('usage', _('standard input has one line; two passwords need two'));
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
  if (secret === '') throw new Failure('usage', fill(_('{file} holds no password'), { file: nameOf(path) }));
  return secret;
}

function nameOf(path: string): string {
  return path === '-' ? _('standard input') : path;
}

async function readText(path: string, cancellation: Cancellation): Promise<string> {
  if (path === '-' && isTerminal(0))
    throw new Failure(
      'usage',
      _('what is typed on a terminal can be seen: leave “-” out to be asked without echo'),
    );
  const bytes = await (path === '-'
    ? readStandardInput(longest, cancellation)
    : readFile(path, longest, cancellation));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure('usage', fill(_('{file} is not text in UTF-8'), { file: nameOf(path) }));
  }
}
