import { Failure } from '../base/failure.js';
import { readFile, readStandardInput } from '../io/terminal.js';

/** The password for the server and the new PIN, where files give them. */
export interface Secrets {
  readonly password?: string;
  readonly pin?: string;
}

/**
 * Reads the files of --password-file and --pin-file. `-` is standard input; when both are, its first line is
 * the password and its second the PIN. One trailing newline is dropped.
 * @throws Failure `usage`
 */
export function readSecrets(passwordFile: string | undefined, pinFile: string | undefined): Secrets {
  if (passwordFile === '-' && pinFile === '-') {
    const [password = '', pin] = decode(readStandardInput()).split('\n');
    if (pin === undefined)
      throw new Failure('usage', 'standard input has one line; password and PIN need two');
    return { password: withoutReturn(password), pin: withoutReturn(pin) };
  }
  return {
    ...(passwordFile === undefined ? {} : { password: secretIn(passwordFile) }),
    ...(pinFile === undefined ? {} : { pin: secretIn(pinFile) }),
  };
}

function secretIn(path: string): string {
  const text = decode(path === '-' ? readStandardInput() : readFile(path));
  return withoutReturn(text.endsWith('\n') ? text.slice(0, -1) : text);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure('usage', 'a secret is not text in UTF-8');
  }
}
