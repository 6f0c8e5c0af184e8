import Gio from 'gi://Gio';
import { equalBytes } from '../base/bytes.js';
import { Failure } from '../base/failure.js';
import type { CertificateInfo } from '../card/certificate.js';
import { readChain, type ChainLink } from './ca-chain.js';
import { exists, replaceText } from './files.js';
import { runNssTool } from './nss-tool.js';
import type { Profile } from './profiles.js';
import { checkChangeable } from './registration.js';

/** As NSS says it; newer ones notice only when they need it. */
const wrongPassword = /SEC_ERROR_(BAD_PASSWORD|TOKEN_NOT_LOGGED_IN)/;

/** What a certification authority is trusted to vouch for. */
export interface Trust {
  readonly web: boolean;
  readonly mail: boolean;
}

/** A certificate's place in a profile's database. */
interface Entry {
  readonly nickname: string;
  readonly trust: Trust;
}

/**
 * What the profile trusts the certificate for; undefined where it does not have it; `unreadable` where its database
 * cannot be read, such as that of a program that was killed while it wrote.
 * @throws Failure `nss-tools-missing`, `nss-refused`
 */
export async function trustIn(
  profile: Profile,
  certificate: CertificateInfo,
): Promise<Trust | 'unreadable' | undefined> {
  let entries: readonly Entry[];
  try {
    entries = await entriesOf(profile);
  } catch (error) {
    if (error instanceof Failure && error.code === 'nss-refused') return 'unreadable';
    throw error;
  }
  return (await findAmong(entries, profile, certificate, false))?.trust;
}

/**
 * Adds the chain to the profile and trusts its top; the certificates below it follow from that.
 * @param password the profile's primary password; empty where it has none.
 * @throws Failure `profile-open`, `nss-tools-missing`, `primary-password`, `nss-refused`;
 *   what was not there before is not there then either
 */
export async function trustChain(
  profile: Profile,
  chain: readonly ChainLink[],
  trust: Trust,
  password = '',
): Promise<void> {
  checkChangeable(profile);
  const unfit = chain.find(({ faults }) => faults.includes('not-a-ca'));
  if (unfit !== undefined)
    throw new Failure('no-ca-chain', 'a certificate is not that of a certification authority', {
      reason: 'chain-not-of-ca',
      named: unfit.certificate.subject.text,
    });
  const added: CertificateInfo[] = [];
  try {
    // The top last, since trusting it is what can fail.
    for (const { certificate, isTop } of [...chain].reverse()) {
      const before = await find(profile, certificate);
      if (!isTop && before !== undefined) continue;
      if (before === undefined) added.push(certificate);
      await add(
        profile,
        certificate,
        before?.nickname,
        isTop ? trust : { web: false, mail: false },
        password,
      );
    }
  } catch (error) {
    // Why it failed is of more interest than what could not be undone.
    for (const certificate of added) await remove(profile, certificate).catch(() => undefined);
    throw error;
  }
}

/**
 * Takes the chain's certificates out of the profile's database.
 * @throws Failure `profile-open`, `nss-tools-missing`, `nss-refused`
 */
export async function distrustChain(profile: Profile, chain: readonly ChainLink[]): Promise<void> {
  checkChangeable(profile);
  for (const { certificate } of [...chain].reverse()) await remove(profile, certificate);
}

async function add(
  profile: Profile,
  certificate: CertificateInfo,
  nickname = nicknameFor(certificate),
  trust: Trust,
  password: string,
): Promise<void> {
  const [file, stream] = Gio.File.new_tmp('esc-ca-XXXXXX.pem');
  const path = file.get_path() ?? '';
  try {
    stream.close(null);
    replaceText(path, certificate.pem);
    const flags = `${trust.web ? 'C' : ''},${trust.mail ? 'C' : ''},`;
    const { complaint } = await runNssTool(
      'certutil',
      ['-A', '-d', database(profile), '-n', nickname, '-t', flags, '-i', path, '-f', '/dev/stdin'],
      password,
    );
    const now = (await find(profile, certificate))?.trust;
    if (now?.web === trust.web && now.mail === trust.mail) return;
    const code = wrongPassword.test(complaint) ? 'primary-password' : 'nss-refused';
    throw new Failure(code, complaint);
  } finally {
    file.delete(null);
  }
}

async function remove(profile: Profile, certificate: CertificateInfo): Promise<void> {
  const entry = await find(profile, certificate);
  if (entry === undefined) return;
  const { complaint } = await runNssTool('certutil', [
    ...['-D', '-d', database(profile), '-n', entry.nickname, '-f', '/dev/stdin'],
  ]);
  if ((await find(profile, certificate)) !== undefined) throw new Failure('nss-refused', complaint);
}

async function find(profile: Profile, certificate: CertificateInfo): Promise<Entry | undefined> {
  return findAmong(await entriesOf(profile), profile, certificate, true);
}

/** @throws Failure `nss-refused` when there is a database, but none that the tools can read */
async function entriesOf(profile: Profile): Promise<readonly Entry[]> {
  const { succeeded, output, complaint } = await runNssTool('certutil', [
    ...['-L', '-d', database(profile), '-f', '/dev/stdin'],
  ]);
  if (!succeeded && exists(`${profile.folder}/cert9.db`)) throw new Failure('nss-refused', complaint);
  return readList(output);
}

/**
 * @param everywhere also under names that the certificate would not get by itself, which takes a tool's run for each
 * @throws Failure `nss-refused` when another certificate has the same name: the tools cannot tell them apart
 */
async function findAmong(
  entries: readonly Entry[],
  profile: Profile,
  certificate: CertificateInfo,
  everywhere: boolean,
): Promise<Entry | undefined> {
  const names = partsOfName(certificate);
  const looksLikeIt = ({ nickname }: Entry): boolean => names.some(name => nickname.includes(name));
  const likely = entries.filter(looksLikeIt);
  const others = everywhere ? entries.filter(entry => !looksLikeIt(entry)) : [];
  for (const entry of [...likely, ...others]) {
    const ders = await certificatesNamed(profile, entry.nickname);
    if (!ders.some(der => equalBytes(der, certificate.der))) continue;
    if (ders.length > 1)
      throw new Failure('nss-refused', 'several certificates have the same nickname', {
        reason: 'same-nickname',
        named: entry.nickname,
      });
    return entry;
  }
  return undefined;
}

async function certificatesNamed(profile: Profile, nickname: string): Promise<Uint8Array[]> {
  const list = ['-L', '-d', database(profile), '-n', nickname, '-a', '-f', '/dev/stdin'];
  const { output } = await runNssTool('certutil', list);
  try {
    return readChain(new TextEncoder().encode(output), new Date()).map(({ certificate }) => certificate.der);
  } catch {
    return [];
  }
}

/** The lines of `certutil -L`: a nickname, then flags for web sites, mail and code. */
function readList(output: string): Entry[] {
  return output.split('\n').flatMap(line => {
    const [, nickname, web, mail] = /^(.*?)\s+(\w*),(\w*),\w*\s*$/.exec(line) ?? [];
    if (nickname === undefined || nickname === '' || line.includes('SSL,S/MIME')) return [];
    return [{ nickname, trust: { web: web?.includes('C') === true, mail: mail?.includes('C') === true } }];
  });
}

/** As Firefox names an authority: by its common name and organization. */
function nicknameFor(certificate: CertificateInfo): string {
  return partsOfName(certificate).join(' - ');
}

/** Without a colon, which NSS takes for the end of a token's name. */
function partsOfName({ subject, sha256 }: CertificateInfo): string[] {
  const names = [subject.commonName ?? '', subject.organization ?? ''].filter(name => name !== '');
  const [first = subject.text === '' ? sha256 : subject.text, ...more] = names;
  return [first, ...more].map(name => name.replaceAll(':', ' '));
}

function database({ folder }: Profile): string {
  return `sql:${folder}`;
}
