import { execFile } from 'node:child_process';
import { constants, createHash, createPublicKey, publicEncrypt, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { concatBytes, fromHex } from '../../../src/base/bytes.js';

const run = promisify(execFile);
const sha256DigestInfo = fromHex('3031300D060960864801650304020105000420');

/** Other people's PKCS #11 modules for CoolKey cards, as Debian installs them, and what they call a user's card. */
export const modules = [
  {
    name: 'OpenSC',
    path: '/usr/lib/x86_64-linux-gnu/onepin-opensc-pkcs11.so',
    labelOf: (user: string) => `${user} (${user})`,
  },
  { name: 'coolkey', path: '/usr/lib/pkcs11/libcoolkeypk11.so', labelOf: (user: string) => user },
] as const;

export type Module = (typeof modules)[number];

/** @returns standard output and error together; these tools tell what matters on either. */
export async function tool(
  environment: NodeJS.ProcessEnv,
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const { stdout, stderr } = await run(program, args, { env: environment });
  return stdout + stderr;
}

/**
 * An enrolled card as a PKCS #11 module shows it to pkcs11-tool.
 * Unless they are given, ids are those of a first card: 01 is the signing key, 02 the encryption key. On a card in the
 * place of a lost one they count from 00.
 */
export class Pkcs11Token {
  private label: string | undefined;

  public constructor(
    private readonly module: Module,
    /** Undefined: of whomever the card in the first reader is. */
    private readonly user: string | undefined,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** The certificates and keys, as pkcs11-tool lists them. @throws where the PIN is refused */
  public list(pin: string): Promise<string> {
    return this.withPin(pin, '--list-objects');
  }

  /** The ids of the keys that have a certificate. */
  public async ids(): Promise<string[]> {
    const listed = await this.ask('--list-objects', '--type', 'cert');
    return [...listed.matchAll(/^  ID: +([0-9a-f]+)$/gm)].map(([, id = '']) => id);
  }

  public certificate(id: string): Promise<X509Certificate> {
    return inFolder(async path => {
      const file = path('certificate');
      await this.ask('--read-object', '--type', 'cert', '--id', id, '--output-file', file);
      return new X509Certificate(await readFile(file));
    });
  }

  /** Signs with the card and has openssl verify with its certificate. @returns what openssl says */
  public async signAndVerify(pin: string, id = '01'): Promise<string> {
    const signer = await this.certificate(id);
    return inFolder(async path => {
      await writeFile(path('signer.pem'), signer.publicKey.export({ format: 'pem', type: 'spki' }));
      await writeFile(path('text'), 'what was signed');
      const digest = createHash('sha256').update('what was signed').digest();
      await writeFile(path('digest'), concatBytes(sha256DigestInfo, digest));
      await this.withPin(
        pin,
        ...['--sign', '--mechanism', 'RSA-PKCS', '--id', id],
        ...['--input-file', path('digest'), '--output-file', path('signature')],
      );
      return tool(
        this.environment,
        'openssl',
        ...['dgst', '-sha256', '-verify', path('signer.pem'), '-signature', path('signature'), path('text')],
      );
    });
  }

  /** Encrypts for the card's encryption certificate. @returns what the card decrypts */
  public async encryptAndDecrypt(pin: string, text: string, id = '02'): Promise<string> {
    return this.decrypt(pin, encryptFor(await this.certificate(id), text), id);
  }

  /** @returns what the card makes of it with its encryption key */
  public decrypt(pin: string, encrypted: Uint8Array, id = '02'): Promise<string> {
    return inFolder(async path => {
      await writeFile(path('encrypted'), encrypted);
      await this.withPin(
        pin,
        ...['--decrypt', '--mechanism', 'RSA-PKCS', '--id', id],
        ...['--input-file', path('encrypted'), '--output-file', path('decrypted')],
      );
      return readFile(path('decrypted'), 'utf8');
    });
  }

  private withPin(pin: string, ...args: readonly string[]): Promise<string> {
    return this.ask('--login', '--pin', pin, ...args);
  }

  private async ask(...args: readonly string[]): Promise<string> {
    const { user } = this;
    if (user === undefined) return this.pkcs11('--slot-index', '0', ...args);
    this.label ??= await this.findLabel(user);
    return this.pkcs11('--token-label', this.label, ...args);
  }

  /** Later OpenSC leaves the name of the PIN out. */
  private async findLabel(user: string): Promise<string> {
    const label = this.module.labelOf(user);
    const listed = await this.pkcs11('--list-slots');
    return listed.includes(`: ${label}\n`) ? label : user;
  }

  private pkcs11(...args: readonly string[]): Promise<string> {
    return tool(this.environment, 'pkcs11-tool', '--module', this.module.path, ...args);
  }
}

/** Encrypts as a mail program does for whom the certificate is of. */
export function encryptFor(recipient: X509Certificate, text: string): Uint8Array {
  const key = createPublicKey(recipient.publicKey.export({ format: 'pem', type: 'spki' }));
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text));
}

/** Gives paths in a folder that lasts as long as the work. */
async function inFolder<T>(work: (path: (name: string) => string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'esc-pkcs11-'));
  try {
    return await work(name => join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}
