/** Other people's software finds good what the demo TPS makes of a blank card: OpenSC, coolkey and openssl. */
import { execFile } from 'node:child_process';
import { constants, createHash, publicEncrypt, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, fromHex } from '../../src/base/bytes.js';
import { VirtualCard } from '../../demo/card/virtual-card.js';
import { insertCard, type InsertedCard } from '../../demo/card/vpcd.js';
import { claimPorts, type ClaimedPorts } from '../../demo/readers/claimed-ports.js';
import { startReaders, type VirtualReaders } from '../../demo/readers/readers.js';
import type { KeyBits } from '../../demo/tps/server-key.js';
import { startTps } from '../../demo/tps/tps.js';
import { buildVpcdLink } from '../../demo/vpcd-link/build.js';
import { converse } from '../support/demo-tps/client.js';
import { eventually } from '../support/pcsc/waiting.js';
import { removeFolder } from '../support/processes.js';

const run = promisify(execFile);
const firstPin = 'netscape';
const pin = 'chosen-2';
const sha256DigestInfo = fromHex('3031300D060960864801650304020105000420');
const users = { 1024: 'jsmith', 2048: 'mmueller' } as const;
const passwords = { 1024: 'secret', 2048: 'geheim' } as const;

let folder: string;
let ports: ClaimedPorts;
let readers: VirtualReaders;
let environment: NodeJS.ProcessEnv;
const inserted: InsertedCard[] = [];

function path(bits: KeyBits, name: string): string {
  return join(folder, `${bits}-${name}`);
}

/** @returns standard output and error together. */
async function tool(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(program, args, { env: environment });
  return stdout + stderr;
}

/** Formats and enrols a blank card, and resets its PIN. */
async function badge(bits: KeyBits): Promise<VirtualCard> {
  const tps = await startTps({ keyBits: bits });
  const card = new VirtualCard({ number: bits });
  for (const operation of [5, 1, 3]) {
    const { end } = await converse({
      url: tps.url,
      card,
      operation,
      userId: users[bits],
      password: passwords[bits],
      pin: operation === 3 ? pin : firstPin,
    });
    expect(end).toEqual({ result: 0, code: 0 });
  }
  await writeFile(path(bits, 'ca.pem'), tps.caCertificatePem);
  await tps.close();
  card.losePower();
  return card;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-tps-badge-'));
  const linkPath = await buildVpcdLink(folder);
  ports = await claimPorts();
  readers = await startReaders({
    count: 2,
    directory: join(folder, 'readers'),
    namespacePrivate: true,
    firstPort: ports.first,
  });
  const home = join(folder, 'home');
  await mkdir(home);
  environment = { ...process.env, ...readers.environment, HOME: home, XDG_CACHE_HOME: home };
  for (const [i, bits] of ([1024, 2048] as const).entries()) {
    const port = readers.readers[i]?.port ?? 0;
    inserted.push(await insertCard(await badge(bits), { port, linkPath }));
  }
  // vpcd shows a card only with its next look.
  await eventually(async () => /0\s+Yes[^]*1\s+Yes/.test(await tool('opensc-tool', '--list-readers')));
});

afterAll(async () => {
  await Promise.all(inserted.map(card => card.remove()));
  await readers.stop();
  ports.release();
  await removeFolder(folder);
});

describe.each([
  {
    name: 'OpenSC',
    module: '/usr/lib/x86_64-linux-gnu/onepin-opensc-pkcs11.so',
    tokenLabel: (user: string) => `${user} (${user})`,
  },
  { name: 'coolkey', module: '/usr/lib/pkcs11/libcoolkeypk11.so', tokenLabel: (user: string) => user },
])('$name', ({ module, tokenLabel }) => {
  describe.each([1024, 2048] as const)('%i bit', bits => {
    const pkcs11 = (...args: readonly string[]): Promise<string> =>
      tool('pkcs11-tool', '--module', module, '--token-label', tokenLabel(users[bits]), ...args);
    const withPin = (...args: readonly string[]): Promise<string> => pkcs11('--login', '--pin', pin, ...args);

    /** The certificate as the module reads it, which openssl traces back to the CA. */
    const certificate = async (id: string): Promise<X509Certificate> => {
      const file = path(bits, `certificate-${id}`);
      await pkcs11('--read-object', '--type', 'cert', '--id', id, '--output-file', file);
      const x509 = new X509Certificate(await readFile(file));
      await writeFile(`${file}.pem`, x509.toString());
      expect(await tool('openssl', 'verify', '-CAfile', path(bits, 'ca.pem'), `${file}.pem`)).toContain('OK');
      return x509;
    };

    test('lists both certificates and both keys', async () => {
      const listed = await withPin('--list-objects');
      expect(listed.match(/Certificate Object/g)).toHaveLength(2);
      expect(listed.match(/Private Key Object; RSA/g)).toHaveLength(2);
    });

    test('refuses the PIN from before the reset', async () => {
      await expect(pkcs11('--login', '--pin', firstPin, '--list-objects')).rejects.toThrow(/PIN_INCORRECT/);
    });

    test('signs, and openssl verifies with the certificate', async () => {
      const signer = await certificate('01');
      await writeFile(path(bits, 'signer.pem'), signer.publicKey.export({ format: 'pem', type: 'spki' }));
      await writeFile(path(bits, 'text'), 'what was signed');
      const digest = createHash('sha256').update('what was signed').digest();
      await writeFile(path(bits, 'digest'), concatBytes(sha256DigestInfo, digest));
      await withPin(
        ...['--sign', '--mechanism', 'RSA-PKCS', '--id', '01'],
        ...['--input-file', path(bits, 'digest'), '--output-file', path(bits, 'signature')],
      );
      const verified = await tool(
        'openssl',
        ...['dgst', '-sha256', '-verify', path(bits, 'signer.pem')],
        ...['-signature', path(bits, 'signature'), path(bits, 'text')],
      );
      expect(verified).toContain('Verified OK');
    });

    test('decrypts', async () => {
      const { publicKey } = await certificate('02');
      const secret = Buffer.from('what was encrypted');
      const padding = constants.RSA_PKCS1_PADDING;
      await writeFile(path(bits, 'encrypted'), publicEncrypt({ key: publicKey, padding }, secret));
      await withPin(
        ...['--decrypt', '--mechanism', 'RSA-PKCS', '--id', '02'],
        ...['--input-file', path(bits, 'encrypted'), '--output-file', path(bits, 'decrypted')],
      );
      expect((await readFile(path(bits, 'decrypted'))).toString()).toBe(secret.toString());
    });
  });
});
