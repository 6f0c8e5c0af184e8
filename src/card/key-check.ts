import jsbn from 'node-forge/lib/jsbn.js';
import type { BigInteger } from 'node-forge/lib/jsbn.js';
import rsa from 'node-forge/lib/rsa.js';
import type { RsaPublicKey } from 'node-forge/lib/rsa.js';
import sha256 from 'node-forge/lib/sha256.js';
import { bytesToText, concatBytes, equalBytes, fromHex, toHex } from '../base/bytes.js';
import type { Failure } from '../base/failure.js';
import type { KeyInfo } from './card-report.js';
import { rsaKeyOf } from './certificate.js';
import type { RsaNumbers } from './certificate.js';
import type { CoolKeyUser } from './coolkey-user.js';
import { fromBinary } from './der.js';
import { contentFailure } from './notes.js';

/** What is tried of a key: what its certificate is for. */
export type KeyJob = 'sign' | 'decrypt';

/** Why a key is not tried. `kind`: the applet works with RSA keys alone. `use`: no use of it is known. */
export type Untested = 'kind' | 'certificate' | 'use';

/** How one key did. */
export interface KeyCheck {
  readonly number: number;
  readonly kind: KeyInfo['kind'];
  readonly bits: number;
  /** Of its certificate; empty where it has none. */
  readonly label: string;
  readonly job?: KeyJob;
  /** `wrong`: the card gave a result that does not fit the certificate. `refused`: it gave none. */
  readonly result: 'works' | 'wrong' | 'refused' | 'untested';
  readonly why?: Untested;
  /** The card's answer where it refused. */
  readonly failure?: Failure;
}

/** Bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * Lets each key do its work once: sign a random challenge, decrypt what was encrypted for its certificate.
 * @param before called before each key, such as to stop
 * @throws Failure of the channel, and what `before` throws
 */
export async function checkKeys(
  user: CoolKeyUser,
  keys: readonly KeyInfo[],
  random: RandomBytes,
  before: (index: number) => void,
): Promise<KeyCheck[]> {
  const checks: KeyCheck[] = [];
  for (const [index, key] of keys.entries()) {
    before(index);
    const { number, kind, bits, certificate } = key;
    const about = { number, kind, bits, label: certificate?.label ?? '' };
    const numbers = certificate === undefined ? undefined : rsaKeyOf(certificate);
    const jobs = jobsOf(key);
    const why = whyUntested(key, numbers, jobs);
    if (numbers === undefined || why !== undefined) {
      checks.push({ ...about, result: 'untested', why: why ?? 'certificate' });
      continue;
    }
    const task = { user, number, publicKey: publicKeyOf(numbers), length: Math.ceil(bits / 8), random };
    for (const job of jobs) {
      const outcome = await attempt(() => (job === 'sign' ? signs(task) : decrypts(task)));
      checks.push({ ...about, job, ...outcome });
    }
  }
  return checks;
}

function jobsOf({ uses }: KeyInfo): KeyJob[] {
  const jobs: KeyJob[] = [];
  if (uses.includes('sign') || uses.includes('sign-recover')) jobs.push('sign');
  if (uses.includes('decrypt') || uses.includes('unwrap')) jobs.push('decrypt');
  return jobs;
}

/** Bits of the keys that are tried: what is beyond is no RSA key that a card holds. */
const smallest = 512;
const largest = 4096;
/** Bytes; a longer one makes the check take for ever. */
const longestExponent = 8;

function whyUntested(
  { kind, bits }: KeyInfo,
  numbers: RsaNumbers | undefined,
  jobs: readonly KeyJob[],
): Untested | undefined {
  if (kind !== 'rsa' || bits < smallest || bits > largest) return 'kind';
  if (numbers === undefined) return 'certificate';
  if (numbers.exponent.length > longestExponent) return 'kind';
  return jobs.length === 0 ? 'use' : undefined;
}

function publicKeyOf({ modulus, exponent }: RsaNumbers): RsaPublicKey {
  const big = (bytes: Uint8Array): BigInteger => new jsbn.BigInteger(toHex(bytes), 16);
  return rsa.setPublicKey(big(modulus), big(exponent));
}

async function attempt(work: () => Promise<boolean>): Promise<Pick<KeyCheck, 'result' | 'failure'>> {
  try {
    return { result: (await work()) ? 'works' : 'wrong' };
  } catch (error) {
    return { result: 'refused', failure: contentFailure(error) };
  }
}

interface KeyTask {
  readonly user: CoolKeyUser;
  readonly number: number;
  readonly publicKey: RsaPublicKey;
  /** Of the modulus, bytes. */
  readonly length: number;
  readonly random: RandomBytes;
}

/** DigestInfo of SHA-256 before the digest (RFC 8017 §9.2, note 1). */
const sha256Info = fromHex('3031300D060960864801650304020105000420');

/** RSASSA-PKCS1-v1_5 with SHA-256 of a random challenge (RFC 8017 §8.2). */
async function signs({ user, number, publicKey, length, random }: KeyTask): Promise<boolean> {
  const digest = sha256
    .create()
    .update(bytesToText(random(32)))
    .digest()
    .getBytes();
  const info = concatBytes(sha256Info, fromBinary(digest));
  const filling = new Uint8Array(length - info.length - 3).fill(0xff);
  const signature = await user.compute(number, padded(1, filling, info));
  try {
    return publicKey.verify(digest, bytesToText(signature));
  } catch {
    return false;
  }
}

/** RSAES-PKCS1-v1_5 of a random text (RFC 8017 §7.2): padded by the caller's random bytes, decrypted by the card. */
async function decrypts({ user, number, publicKey, length, random }: KeyTask): Promise<boolean> {
  const text = random(32);
  const filling = random(length - text.length - 3).map(byte => byte || 1);
  const block = padded(2, filling, text);
  const encrypted = fromBinary(publicKey.encrypt(bytesToText(block), 'RAW'));
  return equalBytes(await user.compute(number, encrypted), block);
}

/** `00 type filling 00 content` */
function padded(type: number, filling: Uint8Array, content: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0, type), filling, Uint8Array.of(0), content);
}
